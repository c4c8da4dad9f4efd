"""What a reply says: without the model's thoughts, and the JSON in it, however it is wrapped.

Pure functions of text. Models wrap what was requested in many ways (tags, channels, fences, words before and after);
every pattern here was seen in a reply of a public model.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic_core import from_json

_ABOUT = r"(?:think|thought|reason|reflect|scratchpad|monologue|analysis)"
_NAME = rf"(?P<name>(?:[\w:.-]{{0,30}}?{_ABOUT}[\w:.-]{{0,30}}|details(?=\s[^<>]{{0,60}}reasoning)))"
TAG = re.compile(rf"<{_NAME}(?:\s[^<>]{{0,200}})?>", re.IGNORECASE)
TAG_END = re.compile(rf"</\s?(?P<name>[\w:.-]{{0,30}}?{_ABOUT}[\w:.-]{{0,30}}|details)\s?>", re.IGNORECASE)
MARK = re.compile(
    r"\[THINK\]|◁think▷|<\|channel>thought|<unused\d{1,4}>\s{0,2}thought|"
    r"<\|(?:(?:begin|start)\w{0,20}(?:think|thought|reason)\w{0,10}|inner_prefix|think\w{0,8}|thought)\|>",
    re.IGNORECASE,
)
MARK_END = re.compile(
    r"\[/THINK\]|◁/think▷|<channel\|>|<unused\d{1,4}>(?!\s{0,2}thought)|"
    r"<\|(?:end\w{0,20}(?:think|thought|reason)\w{0,10}|inner_suffix|/think\w{0,8}|/thought)\|>",
    re.IGNORECASE,
)
CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)(?:(?!<\|message\|>|<\|channel\|>).){0,200}<\|message\|>", re.DOTALL)
CHANNEL_END = re.compile(r"<\|(?:end|return|call|start)\|>")
BARE_CHANNELS = re.compile(r"\s*analysis(?=[A-Z\s]).*assistant\s*final", re.DOTALL)  # special tokens were dropped
BARE_ANALYSIS = re.compile(r"\s*analysis(?=[A-Z])")
WRAPPER = re.compile(
    r"\s*(?:<(answer|output|response|final_answer)>|<\|(?:begin_of|start)_(?:solution|response|answer)\|>)(.*?)"
    r"(?:</\1>|<\|end(?:_of)?_(?:solution|response|answer)\|>|$)\s*",
    re.DOTALL | re.IGNORECASE,
)
BOX = re.compile(r"<\|(?:begin|end)_of_box\|>")
TURN = re.compile(  # what a template puts before the turn of the model
    r"\s*(?:<bos>|<[|｜](?:im_start|start_header_id|header_start|begin_of_text|startoftext|begin▁of▁sentence)[|｜]>)"
    r"\s*(?:assistant\b(?:<\|(?:end_header_id|header_end|im_sep)\|>)?\s*)?"
)
END = re.compile(
    r"(?:<[|｜](?:[\w▁]{0,20}[_▁])?(?:eot|im|eos|end|return|end\w{1,12}|end▁of▁sentence|end_of_turn|end_header_id)"
    r"(?:_id|_end)?[|｜]>|</s>|<eos>|<end_of_turn>|\[/?INST\])$"
)
NEXT_TURN = re.compile(
    r"(?:<\|(?:im_end|eot_id|eot|end)\|>|<end_of_turn>)\s{0,9}"
    r"(?:<\|(?:im_start|start_header_id|header_start)\|>|<start_of_turn>)"
)
LONGEST_END = 60  # characters of a special token
STARTS = re.compile(r"""[\[{](?=\s*["'“{\[\]}])""")
LINE_STARTS = re.compile(
    r"""^[ \t>*#-]*(?:```\w*[ \t]*|\(?\d{1,3}[.):][ \t]*)?(?=\[\s*["'“{\[]|\{\s*["'“])""", re.MULTILINE
)
NUMBERED_NAME = re.compile(r"(?:[^\W\d]+[ _-]?)?\d+")  # "1", "text_1"
DEEPEST = 50  # levels; what is nested deeper is no answer
LISTS = ("texts", "examples", "messages", "utterances", "sentences", "items", "data", "results", "queries", "outputs")
STRINGS = ("text", "message", "utterance", "sentence", "content", "example", "query", "value", "output")


def spoken(text: str) -> tuple[str, bool]:
    """Return a reply without the model's thoughts, and whether it was cut off inside one.

    Taken out: tagged thoughts, also where the opening tag was part of the prompt; every channel but the final one (as
    gpt-oss writes them); a wrapper around the whole answer; special tokens at the end. Any other text is returned
    as it is.
    """
    whole, cut = text, False
    if CHANNEL.search(text):
        whole, cut = _final_channel(text)
    elif match := BARE_CHANNELS.match(text):
        whole = text[match.end() :]
    elif BARE_ANALYSIS.match(text) and "assistant" not in text:
        whole, cut = "", True
    if turn := TURN.match(whole):
        whole = whole[turn.end() :]
    whole, in_thought = _without_thoughts(NEXT_TURN.split(whole, maxsplit=1)[0])
    if wrapped := WRAPPER.fullmatch(_without_ends(whole)):
        whole = wrapped[2]
    return _without_ends(BOX.sub("", whole)), cut or in_thought


def _without_thoughts(text: str) -> tuple[str, bool]:
    """Return a text without what stands in tags and marks of thoughts, and whether the last of these is not closed.

    A tag about thinking counts wherever it stands, others (``<reason>`` may be a placeholder) at the start of a line.
    """
    openings = sorted(_openings(text), key=lambda match: match.start())
    names = {str(match.groupdict().get("name")).lower() for match in openings}
    ends = [match.end() for match in MARK_END.finditer(text)]
    for match in TAG_END.finditer(text):
        if match["name"].lower() in names or _is_thinking(match["name"]):
            ends.append(match.end())
    if ends:
        # What stands before the first opening tag is kept only where nothing follows the last closing one.
        before = text[: openings[0].start()] if openings else ""
        after = text[max(ends) :].lstrip()
        text = after or before.rstrip()
        openings = list(_openings(text)) if after else []
    return (text[: min(match.start() for match in openings)].rstrip(), True) if openings else (text, False)


def _openings(text: str) -> Iterator[re.Match[str]]:
    yield from MARK.finditer(text)
    yield from (match for match in TAG.finditer(text) if _is_thinking(match["name"]) or _is_at_start(text, match))


def _is_thinking(name: str) -> bool:
    return "think" in name.lower()


def _is_at_start(text: str, match: re.Match[str]) -> bool:
    """Tell whether something stands at the start of a line."""
    before = text[max(0, match.start() - 20) : match.start()]
    return not before.rpartition("\n")[2].strip() and ("\n" in before or match.start() <= 20)


def _without_ends(text: str) -> str:
    """Return a text without the special tokens at its end, and the spaces around these."""
    end = len(text)
    while True:
        stop = end
        while stop and text[stop - 1].isspace():
            stop -= 1
        found = END.search(text[max(0, stop - LONGEST_END) : stop])
        if found is None:
            return text if end == len(text) else text[:stop]
        end = max(0, stop - LONGEST_END) + found.start()


def json_of(text: str, last: Literal["drop", "keep"] = "drop") -> Any | None:
    """Return the JSON value in a reply: an object or a list, None where there is none.

    It may be bare, fenced, numbered, and with words before and after. Several values (one a line, say) come as a list.
    Of a reply that was cut off, what came is returned; ``last`` says what becomes of its last, unfinished string.
    Single quotes and trailing commas are borne.
    """
    first = LINE_STARTS.search(text)
    if first is None:
        return None
    values = list(_values(text, first.end()))
    if values:
        return values[0] if len(values) == 1 else values
    rest = text[first.end() :].partition("\n```")[0]
    try:
        return from_json(rest, allow_partial="trailing-strings" if last == "keep" else True)
    except ValueError:
        return _repaired(rest)


def strings_in(value: Any) -> list[str] | None:
    """Return the one list of strings that a JSON value holds, at any depth; None where there is none, or several.

    A list of objects counts where each holds one string besides numbers, or one under a usual name such as ``text``;
    so does an object whose keys are numbers. Of several lists, the one under a usual name such as ``texts`` is taken.
    """
    return _strings_in(value, 0)


def _strings_in(value: Any, depth: int) -> list[str] | None:
    if isinstance(value, str) or depth > DEEPEST:
        return None
    found = _as_strings(value)
    if found is not None:
        return found
    if isinstance(value, Mapping):
        named = [value[name] for name in value if str(name).lower() in LISTS]
        inner = [strings for each in named or value.values() if (strings := _strings_in(each, depth + 1)) is not None]
    else:
        inner = (
            [strings for each in value if (strings := _strings_in(each, depth + 1)) is not None]
            if _listed(value)
            else []
        )
    if len(inner) > 1 and _listed(value):  # one object a line, each with texts of its own
        return [string for strings in inner for string in strings]
    return inner[0] if len(inner) == 1 else None


def _final_channel(text: str) -> tuple[str, bool]:
    """Return the content of the channel ``final``, and whether there is none."""
    parts = [(match[1], CHANNEL_END.split(text[match.end() :], maxsplit=1)[0]) for match in CHANNEL.finditer(text)]
    final = [content for name, content in parts if name == "final"]
    return (final[-1], False) if final else ("", True)


def _values(text: str, start: int) -> Iterator[Any]:
    """Yield the whole JSON objects and lists from ``start`` on, each after the end of the one before."""
    decoder = json.JSONDecoder(strict=False)
    while match := STARTS.search(text, start):
        try:
            value, start = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            return  # unfinished or no JSON; what it holds is no value of its own
        yield value


def _repaired(text: str) -> Any | None:
    from json_repair import repair_json

    try:
        value = repair_json(text, return_objects=True)
    except (RecursionError, ValueError):  # brackets without end
        return None
    return value if isinstance(value, list | dict) and value else None


def _as_strings(value: Any) -> list[str] | None:
    """Read a list of strings, of objects with one string each, or an object whose keys are numbers or one string."""
    if isinstance(value, Mapping):
        if value and all(NUMBERED_NAME.fullmatch(str(name)) and isinstance(each, str) for name, each in value.items()):
            return [str(each) for each in value.values()]
        only, flat = _one_string(value), not any(isinstance(each, list | Mapping) for each in value.values())
        return [only] if only is not None and flat else None
    if not _listed(value) or not value:
        return None
    strings = [each if isinstance(each, str) else _one_string(each) for each in value]
    return None if None in strings else [string for string in strings if string is not None]


def _one_string(value: Any) -> str | None:
    if _listed(value) and len(value) > 1 and not any(isinstance(each, list | Mapping) for each in value):
        value = dict(enumerate(value))  # [1, "text"]
    if not isinstance(value, Mapping):
        return None
    usual = [value[name] for name in value if str(name).lower() in STRINGS and isinstance(value[name], str)]
    found = usual or [each for each in value.values() if isinstance(each, str)]
    return found[0] if len(found) == 1 else None


def _listed(value: Any) -> bool:
    return isinstance(value, list)
