"""The HTTP API under /api/v1: wiring only. Everything it says, the rulebook and the log say."""
