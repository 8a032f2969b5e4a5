"""Who is supplied where, since when, in which customer class, under which pack."""
