"""What is done in supervision."""
