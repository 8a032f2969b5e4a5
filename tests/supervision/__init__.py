"""Supervision: plans, returns, tasks and indicators."""
