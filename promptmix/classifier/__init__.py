"""The classifier that a pipeline ends in: one folder, used with neither torch nor transformers."""
