"""What is done with files that somebody brings."""
