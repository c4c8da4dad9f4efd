"""Sweeps: many experiments, run in copies of the repository."""
