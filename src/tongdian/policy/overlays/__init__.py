"""Overlays: a small pack over another, which binds its own place or office more strictly.

changes    what an overlay writes: one change of one rule, from when, by which of its clauses
rewriting  the parent's rule as it reads with a change
laying     parent and changes become an ordinary pack, which every engine runs without knowing
comparing  a changed rule is never looser than the one above, wherever and whenever it is asked
places     which of the packs over one another governs a place
"""
