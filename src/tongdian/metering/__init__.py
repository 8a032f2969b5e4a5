"""Meters, where they are fitted, and what was read on them."""
