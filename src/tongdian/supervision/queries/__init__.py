"""Reading what was filed, counted and said."""
