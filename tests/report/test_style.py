"""Names of classes are drawn as they are, in lines that keep whole characters."""

import pytest
from wcwidth import iter_graphemes, width

from promptmix.report.style import columns_of, readable


@pytest.mark.parametrize(
    "name", ["$", "$$", "_", "__init__", "a^b", "\\frac{1}{2}", "100 %", "{x}", "#1", "_private", "&<>"]
)
def test_symbols_stay_as_they_are(name: str) -> None:
    assert readable([name], 18) == [name]


def test_words_that_underscores_join_are_parted() -> None:
    assert readable(["lost_parcel", "_lost_parcel_", "a__b"], 18) == ["lost parcel", "_lost parcel_", "a__b"]


@pytest.mark.parametrize(
    "name", ["请求退款物流迟到了怎么办包裹在哪里", "สินค้าชำรุดเสียหายระหว่างการขนส่งมาก", "👨‍👩‍👧" * 12]
)
def test_a_name_without_spaces_is_broken_between_whole_characters(name: str) -> None:
    (lines,) = readable([name], 18)
    assert lines.count("\n") >= 1
    assert columns_of(lines) <= 18
    assert [each for line in lines.split("\n") for each in iter_graphemes(line)] == list(iter_graphemes(name))


@pytest.mark.parametrize(("columns", "lines"), [(18, 3), (26, 3), (60, 1)])
@pytest.mark.parametrize("part", ["a long way ", "退款", "slow"])
def test_a_long_name_loses_its_middle(part: str, columns: int, lines: int) -> None:
    (name,) = readable([f"first {part * 60} last"], columns, lines)
    assert name.startswith("first")
    assert name.endswith("last")
    assert name.count("…") == 1
    assert len(name.split("\n")) <= lines
    assert max(map(width, name.split("\n"))) <= columns
