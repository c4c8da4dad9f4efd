"""The response store: every answer is kept under a hash of all that can change it."""
