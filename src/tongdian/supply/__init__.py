"""When a place may have power or water, and its switches: the school's days, permits, stops and openings."""
