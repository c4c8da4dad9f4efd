"""Sharing answers, outputs and experiments through a DVC remote."""
