"""What is asked about conduct."""
