"""JSON lines files, one object a line; keys other than ``text`` and ``label`` are ignored."""

import json
from collections.abc import Iterator
from typing import Any

from promptmix.core.errors import DataError
from promptmix.corpora.base import FIELDS, decode

EXAMPLE = 'a line is {"text": "...", "label": "..."}'


def read_jsonl(name: str, data: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place and the object of each line that is not blank.

    Raises:
        DataError: the file is not UTF-8, or a line is not a JSON object or lacks a key.
    """
    # splitlines() would also cut inside JSON strings.
    for number, line in enumerate(decode(name, data).split("\n"), start=1):
        if line.strip():
            yield f"{name}:{number}", _object(line, f"{name}:{number}")


def _object(line: str, place: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise DataError(f"{place}: not JSON ({error.msg}), got {line[:60]!r}; {EXAMPLE}") from None
    if not isinstance(value, dict):
        raise DataError(f"{place}: not an object, got {line[:60]!r}; {EXAMPLE}")
    for field in FIELDS:
        if field not in value:
            raise DataError(f"{place}: no key {field!r}, found {', '.join(value) or 'none'}; {EXAMPLE}")
    return value


READ = read_jsonl
