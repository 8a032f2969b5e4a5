"""Measurements: `make bench`, or `python -m bench bills events` for some of them."""
