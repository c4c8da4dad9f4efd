"""Sweeps: what is to run (plan), where (workspace), and who runs it (workers)."""
