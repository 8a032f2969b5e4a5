"""A town, a supplier and a university to try the program on: made from a seed, marked everywhere."""
