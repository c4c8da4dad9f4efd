"""The options of the verbs that make data sets; a verb's module is imported when the verb runs."""

from pathlib import Path
from typing import Annotated

import typer

Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the folder in data/raw.")]
Column = typer.Option(metavar="COLUMN", help="Its name, or its number where there is no header line.")
Rows = typer.Option(metavar="FILE", help="Labeled texts, for measuring or choosing settings alone.")


def new_verb(
    dataset: Name,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Labeled texts in any format, or OWNER/NAME of the hub.")
    ],
    text: Annotated[str | None, Column] = None,
    label: Annotated[str | None, Column] = None,
    about: Annotated[
        str | None, typer.Option(metavar="LINE", help='Completes "The texts are ..." in every prompt.')
    ] = None,
    language: Annotated[str | None, typer.Option(metavar="NAME", help="Of the texts, in English: Persian.")] = None,
    test: Annotated[Path | None, Rows] = None,
    validation: Annotated[Path | None, Rows] = None,
    unlabeled: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Texts without labels; .txt: one a line.")
    ] = None,
    delimiter: Annotated[str | None, typer.Option(metavar="CHARACTER", help="Of .csv files.")] = None,
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="Of .xlsx files.")] = None,
    config: Annotated[str | None, typer.Option(metavar="NAME", help="Part of a data set of the hub.")] = None,
) -> str:
    """Make a data set from files or the Hugging Face hub, and say what was understood; writes over nothing."""
    from promptmix.cli.new.command import make_dataset
    from promptmix.cli.new.given import Given

    given = Given(text, label, about, language, test, validation, unlabeled, delimiter, sheet, config)
    return make_dataset(dataset, files, given)


def describe_verb(
    dataset: Name,
    overrides: Annotated[
        list[str] | None,
        typer.Option("-S", "--set-param", metavar="KEY=VALUE", help="Override a value of params.yaml; repeatable."),
    ] = None,
) -> str:
    """Have the language model draft classes.yaml from the names and shots of the classes, for you to edit."""
    from promptmix.cli.describe import describe_classes

    return describe_classes(dataset, overrides or [])


def add_data_verbs(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("new")(new_verb)
    app.command("describe")(describe_verb)
