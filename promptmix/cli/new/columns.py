"""Which columns are text and label, where the names of the columns leave it open: asked once, or an option."""

import re
import sys
from collections.abc import Sequence
from typing import Any, Literal

import typer

from promptmix.core.errors import DataError
from promptmix.corpora.base import Table, first_few
from promptmix.corpora.columns import choose_columns, no_label
from promptmix.corpora.settings import ColumnChoices

REMEDY = re.compile(r"(?:say which|name the columns) in dataset\.yaml\b[^`]*`(?P<key>\w+): (?P<value>[^`]*)`.*")


def settled(table: Table, choices: ColumnChoices) -> ColumnChoices:
    """Return the choices with which text and label of train are found; in a terminal the user is asked for them.

    Each is asked for once at most, and of two columns the other one is then known.

    Raises:
        DataError: text or label is not clear; the line says which option would do.
    """
    for role in ("text", "label"):
        choices = _other_of_two(table, choices)
        try:
            chosen = choose_columns(table, choices)
            if chosen.label is None:
                raise no_label(chosen, choices)
        except DataError as error:
            names = column_names(table)
            if len(names) < 2 or getattr(choices, role) is not None or not _can_ask():
                raise with_options(error) from None
            choices = choices.model_copy(update={role: _asked(role, names, table.name)})
        else:
            return choices
    choose_columns(table, choices)
    return choices


def column_names(table: Table) -> list[str]:
    """Return the names of the columns, or the values of the first line."""
    first = table.columns or (table.records[0].values if table.records else ())
    return ["" if value is None else str(value).strip() for value in first]


def with_options(error: DataError) -> DataError:
    """Return a refusal whose remedy is an option of the command in place of a line in dataset.yaml."""
    words = REMEDY.sub(_option, str(error)).replace("which dataset.yaml names", "which is asked for")
    counted = "dataset.yaml counts columns, which takes two numbers,"
    return DataError(words.replace(counted, "counting columns takes two numbers, --text and --label,"))


def _option(found: re.Match[str]) -> str:
    key, value = found["key"], found["value"]
    return (
        "give --text COLUMN and --label COLUMN, which are the same in all files"
        if key == "columns"
        else f"give --{key} {value}"
    )


def _other_of_two(table: Table, choices: ColumnChoices) -> ColumnChoices:
    """Return choices in which the second column is known where there are two and one of them is chosen by name."""
    names = column_names(table)
    given: list[tuple[str, Any]] = [(role, choice) for role, choice in choices if choice is not None]
    if len(names) != 2 or len(given) != 1 or given[0][1] not in names or names[0] == names[1]:
        return choices
    role, choice = given[0]
    return choices.model_copy(update={"label" if role == "text" else "text": names[1 - names.index(choice)]})


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _asked(role: Literal["text", "label"] | str, names: Sequence[str], file: str) -> str:
    answer = str(typer.prompt(f"{file}: which column is the {role}? ({first_few(names, 20)})", err=True)).strip()
    if answer not in names:
        raise DataError(f"{file}: no column {answer!r}, found {first_few(names, 12)}")
    return answer
