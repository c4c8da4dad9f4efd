"""Records in files: what is written comes back, and what cannot be read is refused with its place."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.core import jsonl
from promptmix.core.errors import DataError
from promptmix.core.records import DataInfo, Example, Prediction, Rejected

LINE = b'{"id": "demo/0", "text": "where is it", "label": "late"}'
RECORD = Example(id="demo/0", text="where is it", label="late")
ODD = [
    "\x00",
    "\x1f",
    "\x7f",
    "\x85",
    "\u2028\u2029",
    "\r\n",
    "\ufeff",
    "\U0001f69a \U0001f469\u200d\U0001f4bb",
    '"\\u0041',
    "'{}'",
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.jsonl"


def refusal(path: Path, data: bytes, kind: type[Example] | type[Prediction] = Example) -> str:
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        jsonl.read(path, kind)
    return str(caught.value)


@pytest.mark.parametrize("odd", ODD)
def test_odd_characters_come_back_and_never_break_a_line(path: Path, odd: str) -> None:
    records = [Rejected(prompt_id="q", line=f"{odd}a{odd}", reason="blank")] * 2
    jsonl.write(path, records)
    assert path.read_bytes().count(b"\n") == 2
    assert jsonl.read(path, Rejected) == records


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    records = [Rejected(prompt_id="q", line=text, reason="blank") for text in texts]
    jsonl.write(path, records)
    assert jsonl.read(path, Rejected) == records


def test_files_are_plain_utf_8_with_one_record_a_line_in_the_order_given(path: Path) -> None:
    jsonl.write(path, [Example(id="2", text="wo ist ‚es‘", label="spät"), Example(id="1", text="b", label="c")])
    assert path.read_text(encoding="utf-8") == (
        '{"id": "2", "text": "wo ist ‚es‘", "label": "spät"}\n{"id": "1", "text": "b", "label": "c"}\n'
    )


def test_no_records_make_an_empty_file_and_back(path: Path) -> None:
    jsonl.write(path, [])
    assert path.read_bytes() == b""
    assert jsonl.read(path, Example) == []


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_edited_on_windows_reads_as_before(path: Path, mark: bytes, end: bytes) -> None:
    path.write_bytes(mark + LINE + b"\r\n" + LINE + end)
    assert jsonl.read(path, Example) == [RECORD, RECORD]


def test_a_missing_file_is_refused_with_the_command_that_makes_it(path: Path) -> None:
    with pytest.raises(DataError) as caught:
        jsonl.read(path, Example)
    assert str(caught.value) == f"{path}: no such file; `dvc repro` makes it"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b'{"id": 1, "text": "a", "label": "b"}', "Example.id: Input should be a valid string, got '1'"),
        (b'{"id": "1", "text": " ", "label": "b"}', r"Example.text: String should match pattern '\S', got ' '"),
        (b'{"id": "1", "text": "a"}', "Example.label: Field required, got \"{'id': '1', 'text': 'a'}\""),
        (
            b'{"id": "1", "text": "a", "label": "b", "source": "web"}',
            "Example.source: Extra inputs are not permitted, got 'web'",
        ),
        (b"null", "Example: Input should be an object, got 'None'"),
        (b"[1]", "Example: Input should be an object, got '[1]'"),
    ],
)
def test_a_line_that_is_no_such_record_is_refused_with_its_place(path: Path, line: bytes, fault: str) -> None:
    assert refusal(path, LINE + b"\n" + line + b"\n") == f"{path}:2: {fault}"


@pytest.mark.parametrize("line", [b"", b"{", LINE + LINE, LINE + b",", b'{"id": "\\ud800", "text": "a", "label": "b"}'])
def test_a_line_that_is_not_json_is_refused_with_its_place(path: Path, line: bytes) -> None:
    message = refusal(path, LINE + b"\n" + line + b"\n" + LINE)
    assert message.startswith(f"{path}:2: Example: Invalid JSON: ")
    assert "\n" not in message


def test_a_bad_value_deep_in_a_record_is_named_by_its_path(path: Path) -> None:
    line = b'{"id": "a", "gold": "b", "predicted": null, "probabilities": {"b": 1.5}}'
    expected = f"{path}:1: Prediction.probabilities.b: Input should be less than or equal to 1, got '1.5'"
    assert refusal(path, line, Prediction) == expected


def test_a_byte_that_is_not_utf_8_is_refused_with_its_line_however_far_down(path: Path) -> None:
    """1000 lines are more than the decoder reads at once (8 KiB), so a count within its buffer would be wrong."""
    bad = LINE.replace(b"where", b"wh\xe9re")
    expected = f"{path}:1001: not UTF-8 (byte 0xe9); save the file as UTF-8"
    assert refusal(path, (LINE + b"\n") * 1000 + bad) == expected


def test_a_long_value_is_cut_in_the_message(path: Path) -> None:
    message = refusal(path, b'{"id": "a", "text": ["' + b"x" * 999 + b'"], "label": "b"}')
    assert len(message) < 200 + len(str(path))


def test_a_writer_that_fails_half_way_leaves_the_old_file(path: Path) -> None:
    def failing() -> Iterator[Example]:
        yield RECORD.model_copy(update={"id": "new"})
        raise RuntimeError("no more")

    jsonl.write(path, [RECORD])
    with pytest.raises(RuntimeError, match="no more"):
        jsonl.write(path, failing())
    assert jsonl.read(path, Example) == [RECORD]
    assert list(path.parent.iterdir()) == [path]


def test_the_one_record_of_a_file_is_read_and_no_file_is_no_record(path: Path) -> None:
    assert jsonl.read_one(path, DataInfo) is None
    info = DataInfo(about="tweets", language=None)
    jsonl.write(path, [info])
    assert path.read_bytes() == b'{"about": "tweets", "language": null}\n'
    assert jsonl.read_one(path, DataInfo) == info


@pytest.mark.parametrize("count", [0, 2])
def test_a_file_of_one_record_that_holds_another_number_is_refused(path: Path, count: int) -> None:
    jsonl.write(path, [DataInfo(about=None, language=None)] * count)
    with pytest.raises(DataError, match=rf"some.jsonl: {count} records, must be one"):
        jsonl.read_one(path, DataInfo)
