"""A reply that comes as a stream of events, though nobody asked for one, joined into the reply that it makes up."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

FIRST_LINE = re.compile(r"(?:data|event|id|retry)?:")
LINE = re.compile(r"\r\n|\r|\n")  # no other: a text in an event may hold U+2028


def is_stream(text: str) -> bool:
    """Tell whether a body is a stream of events; no JSON begins like one."""
    return FIRST_LINE.match(text) is not None


def joined(text: str) -> dict[str, Any] | None:
    """Return one reply of the events of a stream; None where it has none.

    A stream that ends without saying so was broken off: its choice then has the ``finish_reason`` ``length``, or
    ``error`` where an event is one.
    """
    whole: dict[str, Any] = {}
    choice: dict[str, Any] = {}
    ended = False
    for chunk in _events(text):
        if chunk is None:
            ended = True
            continue
        whole |= {name: value for name, value in chunk.items() if value is not None}
        choices = chunk.get("choices")
        for each in choices if isinstance(choices, list) else []:
            if isinstance(each, Mapping) and not each.get("index"):
                _add(choice, each)
    if choice:
        if not choice.get("finish_reason") and not ended:
            choice["finish_reason"] = "error" if whole.get("error") else "length"
        whole["choices"] = [choice]
    return whole or None


def _events(text: str) -> Iterator[dict[str, Any] | None]:
    """Yield the objects that events hold, None for the mark at the end; what is no JSON is left out."""
    held, name = "", ""
    for line in LINE.split(text):
        field, _, content = line.partition(":")
        if not line:
            held = name = ""
        elif field == "event":
            name = content.strip()
        elif field == "data" and content.strip() == "[DONE]":
            yield None
        elif field == "data":
            held += content.removeprefix(" ")
            if isinstance(chunk := _parsed(held), dict):
                yield {"error": chunk} if name == "error" and "error" not in chunk else chunk
                held = ""


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text.rstrip().endswith("}") else None
    except (ValueError, RecursionError):
        return None


def _add(choice: dict[str, Any], part: Mapping[str, Any]) -> None:
    """Add what an event says of a choice to what the events before it said."""
    delta = part.get("delta") or part.get("message")
    if isinstance(delta, Mapping):
        message = choice.setdefault("message", {})
        _join(message, delta)
    _join(choice, {name: value for name, value in part.items() if name not in ("delta", "message", "finish_reason")})
    choice["finish_reason"] = part.get("finish_reason") or choice.get("finish_reason")


def _join(whole: dict[str, Any], part: Mapping[str, Any], depth: int = 0) -> None:
    """Join texts, lists and objects of the same name; of anything else, the last is kept."""
    for name, value in part.items():
        before = whole.get(name)
        if name == "tool_calls" and isinstance(value, list):
            calls = before if isinstance(before, list) else []
            for call in value:
                _join_call(calls, call)
            whole[name] = calls
        elif isinstance(value, str) and isinstance(before, str) and name not in ("role", "type", "id"):
            whole[name] = before + value
        elif isinstance(value, list | str) and isinstance(before, list | str):
            whole[name] = [*_listed(before), *_listed(value)]
        elif isinstance(value, Mapping) and depth < 3:
            whole[name] = dict(before) if isinstance(before, Mapping) else {}
            _join(whole[name], value, depth + 1)
        elif value is not None:
            whole[name] = value


def _join_call(calls: list[Any], call: Any) -> None:
    """Add a part of a call to the call that it belongs to: the one with its index, else the last."""
    if not isinstance(call, Mapping):
        return
    index = call.get("index")
    same = next((each for each in calls if each.get("index") == index), None)
    if same is None:
        calls.append(same := {})
    _join(same, {name: value for name, value in call.items() if name != "index"} | {"index": index}, 1)


def _listed(value: list[Any] | str) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
