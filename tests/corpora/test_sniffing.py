"""How CSV files are written: found out from the whole file, whatever program wrote it."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from promptmix.core.errors import DataError
from promptmix.corpora.settings import DataSettings
from promptmix.corpora.sniffing import read_delimited

PLAIN = DataSettings()
ROWS = [("well, it is late; or | lost", "late"), ('he said "now"', "late"), ("C:\\new", "wet"), ("so\nwet", "wet")]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), min_size=1).map(str.strip)
words = texts.filter(bool)


def values(text: str, settings: DataSettings = PLAIN, delimiters: str = ",;\t|") -> list[tuple[str, ...]]:
    return [tuple(record.values) for record in read_delimited("train.csv", text, settings, delimiters).records]


def written(rows: list[tuple[str, str]], **dialect: object) -> str:
    file = io.StringIO()
    csv.writer(file, **dialect).writerows([("text", "label"), *rows])  # type: ignore[arg-type]
    return file.getvalue()


def refusal(text: str, settings: DataSettings = PLAIN) -> str:
    with pytest.raises(DataError) as caught:
        values(text, settings)
    return str(caught.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_any_usual_dialect_is_read(delimiter: str, end: str, quoting: int) -> None:
    rows = [(text.replace("\n", " "), label) for text, label in ROWS] if end == "\r" else ROWS  # csv would not quote it
    assert values(written(rows, delimiter=delimiter, lineterminator=end, quoting=quoting))[1:] == rows


@given(
    rows=st.lists(st.tuples(words, words), min_size=1),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@example(rows=[('\\"', "a")], delimiter=",", end="\n", quoting=csv.QUOTE_ALL)
@example(rows=[("a\\", "b\\")], delimiter=",", end="\n", quoting=csv.QUOTE_ALL)
def test_what_pythons_csv_writes_comes_back(
    rows: list[tuple[str, str]], delimiter: str, end: str, quoting: int
) -> None:
    text = written(rows, delimiter=delimiter, lineterminator=end, quoting=quoting)
    assert values(text) == [("text", "label"), *rows]


@given(rows=st.lists(st.tuples(words, words), min_size=1), delimiter=st.sampled_from(",;\t|"))
def test_quotes_escaped_by_backslashes_come_back_wherever_doubled_quotes_cannot_be_meant(
    rows: list[tuple[str, str]], delimiter: str
) -> None:
    """As Spark and MySQL write them; the first row makes sure that it is no file of doubled quotes."""
    sure = ('say "a", \\ "b", now', "x")
    dialect = {"escapechar": "\\", "doublequote": False, "quoting": csv.QUOTE_ALL, "lineterminator": "\n"}
    text = written([sure, *rows], delimiter=delimiter, **dialect)
    assert values(text) == [("text", "label"), sure, *rows]


def test_a_backslash_that_escapes_nothing_stays() -> None:
    text = 'text,label\n"he \\"said\\", so",a\n"C:\\new\\table",b\n'
    assert values(text)[1:] == [('he "said", so', "a"), ("C:\\new\\table", "b")]


def test_a_text_that_ends_with_a_backslash_escapes_no_quote() -> None:
    assert values('text,label\n"C:\\",a\n"D:\\",b\n')[1:] == [("C:\\", "a"), ("D:\\", "b")]


def test_excels_line_that_names_the_delimiter_is_followed_and_lines_are_counted_with_it() -> None:
    table = read_delimited("train.csv", "sep=|\r\ntext|label\r\nx,y|a\r\n", PLAIN)
    assert [(record.place, tuple(record.values)) for record in table.records] == [
        ("train.csv:2", ("text", "label")),
        ("train.csv:3", ("x,y", "a")),
    ]


def test_empty_last_columns_of_all_lines_are_left_out() -> None:
    assert values("text;label;;\nx;a;;\ny;b;;\n") == [("text", "label"), ("x", "a"), ("y", "b")]


def test_without_usual_names_the_delimiter_is_that_which_divides_all_lines_alike() -> None:
    assert values("where, then;late\nhere;late\nthere, and so on;wet\n")[0] == ("where, then", "late")


def test_two_delimiters_that_fit_alike_are_refused_with_the_line_that_settles_it() -> None:
    text = "a;b,c\nd;e,f\n"
    expected = "train.csv: ',' and ';' both divide every line alike; say which in dataset.yaml: `delimiter: \",\"`"
    assert refusal(text) == expected
    assert values(text, DataSettings(delimiter=";")) == [("a", "b,c"), ("d", "e,f")]


def test_columns_that_dataset_yaml_names_count_as_usual_ones() -> None:
    settings = DataSettings.model_validate({"columns": {"text": "Frage, lang", "label": "Art"}})
    assert values("Frage, lang;Art\na;b,c\n", settings)[0] == ("Frage, lang", "Art")


def test_lines_of_tabs_may_hold_quotes_that_are_none() -> None:
    text = 'text\tlabel\n"Hello" he said\ta\n5" wide\tb\n"open\tb\n'
    assert values(text, delimiters="\t")[1:] == [('"Hello" he said', "a"), ('5" wide', "b"), ('"open', "b")]


def test_a_blank_before_a_quote_does_not_count() -> None:
    assert values('text, label\n"a, b", late\n') == [("text", "label"), ("a, b", "late")]


def test_one_column_of_texts_with_commas_is_refused_by_the_rows_and_not_cut() -> None:
    table = read_delimited("test.csv", "text\nhere, there\nnow\n", PLAIN)
    assert [tuple(record.values) for record in table.records] == [("text",), ("here", "there"), ("now",)]


def test_quotes_at_the_ends_of_two_lines_of_tabs_swallow_no_line_between_them() -> None:
    text = 'text\tlabel\n"hello there\ta\nfoo\tb\nbaz"\tb\nqux\ta\n'
    assert values(text, delimiters="\t")[1:] == [('"hello there', "a"), ("foo", "b"), ('baz"', "b"), ("qux", "a")]


def test_a_line_that_names_the_delimiter_may_stand_in_quotes() -> None:
    assert values('"sep=;"\ntext;label\nx,y;a\n') == [("text", "label"), ("x,y", "a")]
