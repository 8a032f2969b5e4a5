"""The engine: cases on stage graphs in PostgreSQL, their events, clocks, effects and papers."""
