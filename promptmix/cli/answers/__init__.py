"""Upkeep of the response store."""
