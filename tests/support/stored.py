"""Answers as the response store keeps them, whole and damaged."""

import sqlite3
from pathlib import Path

from promptmix.llm import request as sampling
from promptmix.llm.store.entries import Entry


def entry(text: str, model: str = "m") -> Entry:
    """Return the answer of a model to one text."""
    request = {"model": {"name": model}, "text": text}
    usage = {"prompt_tokens": 3, "completion_tokens": 5}
    return Entry(sampling.key(request), request, {"text": text, "finish": "stop", "usage": usage, "alternatives": {}})


def spoil(file: Path, text: str) -> None:
    """Damage the answer to one text where it lies in a store."""
    with sqlite3.connect(file) as database:
        database.execute("UPDATE answers SET answer = 'x' WHERE json_extract(request, '$.text') = ?", (text,))
