"""Asking a language model: one small library that knows nothing of classes or labels.

``asking.Asker`` answers questions from the response store and asks only for the rest; ``endpoints`` says who answers:
the bundled llama.cpp server or any OpenAI-compatible one. docs/asking.md tells how the parts work together.
"""
