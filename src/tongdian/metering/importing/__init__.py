"""Readings from spreadsheets: those of days, and timed ones."""
