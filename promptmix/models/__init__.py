"""Weights of others: pinned models, the sentence encoder, and the nearest classes found with it."""
