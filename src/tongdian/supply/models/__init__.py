"""The tables of supply."""
