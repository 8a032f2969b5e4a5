"""Pages of meters."""
