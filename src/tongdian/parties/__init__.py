"""People and what they may do. Organisations, regions and customers join them here."""
