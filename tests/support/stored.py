"""Answers as the response store keeps them, whole and damaged."""

import sqlite3
from pathlib import Path

from promptmix.llm.request import key
from promptmix.llm.store.entries import StoredAnswer


def entry(text: str, model: str = "m") -> StoredAnswer:
    """Return the answer of a model to one text."""
    request = {"model": {"name": model}, "text": text}
    usage = {"prompt_tokens": 3, "completion_tokens": 5}
    answer = {"text": text, "finish": "stop", "usage": usage, "alternatives": {}}
    return StoredAnswer(key(request), request, answer)


def damage(file: Path, text: str) -> None:
    """Damage the answer to one text in a store's file."""
    with sqlite3.connect(file) as database:
        database.execute("UPDATE answers SET answer = 'x' WHERE json_extract(request, '$.text') = ?", (text,))
