"""What staff see of runs."""
