"""Bytes to text, as people's programs save it: UTF-8, or UTF-16 or UTF-32 with a byte order mark."""

import codecs

from promptmix.core.errors import PromptMixError

MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark is how this one begins
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def decoded(name: str, data: bytes, error: type[PromptMixError]) -> str:
    """Decode UTF-8, with or without a byte order mark, or UTF-16 or UTF-32 with one, as Notepad and Excel write it.

    Raises:
        PromptMixError: the bytes are none of these; of the class ``error``. The message starts ``NAME:LINE:``.
    """
    encoding = next((each for mark, each in MARKS.items() if data.startswith(mark)), "utf-8-sig")
    if encoding == "utf-8-sig" and 0 in data[:2]:
        raise error(f"{name}:1: not UTF-8 (byte 0x00; UTF-16 without a byte order mark?); save the file as UTF-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as fault:
        # The decoder does not count the byte order mark, so lines are counted in what the decoder was given.
        line = fault.object[: fault.start].count(b"\n") + 1
        found = f"byte 0x{fault.object[fault.start]:02x}"
        raise error(f"{name}:{line}: not UTF-8 ({found}); save the file as UTF-8") from None
