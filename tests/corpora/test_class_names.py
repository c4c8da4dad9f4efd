"""Numbers of classes become their names."""

from promptmix.corpora.base import FileRecord, Table, WrittenNumber
from promptmix.corpora.class_names import with_class_names

STARS = {"stars": {"_type": "ClassLabel", "names": ["1", "2", "3"]}, "text": {"_type": "Value"}}


def table(*labels: object, typed: bool = True) -> Table:
    return Table("t", ("text", "stars"), [FileRecord("t:1", ["x", label]) for label in labels], typed)


def named(*tables: Table) -> list[list[object]]:
    return [[values[1] for _, values in each.records] for each in with_class_names(tables, STARS)]


def test_a_number_is_an_index_though_a_class_is_called_like_it() -> None:
    assert named(table(*map(WrittenNumber, (0, 1, 2, -1, 3)))) == [["1", "2", "3", None, None]]


def test_a_text_is_the_name_that_it_is() -> None:
    assert named(table("1", "3", None, ["2"])) == [["1", "3", None, ["2"]]]


def test_where_numbers_are_texts_the_whole_column_says_whether_they_are_indexes() -> None:
    assert named(table("0", "1", "2", typed=False)) == [["1", "2", "3"]]
    assert named(table("1", "2", "3", typed=False)) == [["1", "2", "3"]]


def test_all_files_of_a_data_set_are_read_alike() -> None:
    assert named(table("1", "2", typed=False), table("0", typed=False)) == [["2", "3"], ["1"]]
    assert named(table("1", "2", typed=False), table("3", typed=False)) == [["1", "2"], ["3"]]


def test_a_record_of_another_width_stays_as_it_is_and_is_refused_later() -> None:
    odd = Table("t", ("text", "stars"), [FileRecord("t:1", ["x", "y", "0"])], False)
    assert with_class_names([odd], STARS)[0].records[0].values == ["x", "y", "0"]


def test_a_class_that_is_not_known_does_not_keep_a_column_from_being_indexes() -> None:
    """-1 is how the hub writes it, as in test files without labels."""
    assert named(table("0", "1", "2", typed=False), table("-1", "-1", typed=False)) == [["1", "2", "3"], [None, None]]


def test_a_text_that_is_no_name_is_not_taken_for_an_index_beside_names_of_digits() -> None:
    assert named(table("0", "1", "good", typed=False)) == [[None, "1", None]]
    assert named(table("0", "1")) == [[None, "1"]]
