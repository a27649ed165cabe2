"""Scenarios: what is scanned, what has to come out of it, and whether it does."""
