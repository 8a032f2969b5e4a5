"""What is asked about supply."""
