"""Notices: what people are told, over which channel it went, and the proof that it did."""
