"""PromptMix as a DVC pipeline: a few labeled examples and an LLM become a small text classifier."""

__version__ = "0.1.0"
