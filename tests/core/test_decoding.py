"""Bytes to text, as in the files of a user's own."""

import pytest

from tests.support.own_files import refused_csv, rows


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    plain = b'text,label\nhow long,when\n"which\nman",who\n'
    assert rows(b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n")) == rows(plain)
    lines = b'{"text": "how long", "label": "when"}\n{"text": "which man", "label": "who"}\n'
    marked = b"\xef\xbb\xbf" + lines.replace(b"\n", b"\r\n")
    assert rows(marked, "train.jsonl") == rows(lines, "train.jsonl")


def test_bytes_that_are_not_utf8_are_refused_with_their_line() -> None:
    """0xe9 is é in Latin-1; it stands on line 3, with and without a byte order mark before it."""
    train = b"text,label\nx,a\ncaf\xe9,b\n"
    expected = "train.csv:3: not UTF-8 (byte 0xe9); save the file as UTF-8"
    assert refused_csv(train) == expected
    assert refused_csv(b"\xef\xbb\xbf" + train) == expected


def test_utf16_is_read_with_a_byte_order_mark_and_refused_without() -> None:
    assert rows("text\tlabel\nwie groß\ta\nx\tb\n".encode("utf-16"))[0] == ("wie groß", "a", "train.csv:2")
    expected = "train.csv:1: not UTF-8 (byte 0x00; UTF-16 without a byte order mark?); save the file as UTF-8"
    assert refused_csv("text,label\nx,a\n".encode("utf-16-le")) == expected


@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be"])
def test_utf32_is_read_with_a_byte_order_mark_and_refused_without(encoding: str, mark: str) -> None:
    train = f"{mark}text,label\ngroß,a\nx,b".encode(encoding)
    if mark:
        assert [row[:2] for row in rows(train)] == [("groß", "a"), ("x", "b")]
    else:
        assert "not UTF-8" in refused_csv(train)
