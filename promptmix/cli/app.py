"""The command line of `promptmix`: each verb's options, and the function that does it.

A verb's module is imported when the verb runs, so that ``--help`` and shell completion are quick.
"""

import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from promptmix.cli.classifier import verbs
from promptmix.cli.data_verbs import add_data_verbs
from promptmix.core.command import end
from promptmix.core.errors import PromptMixError

STOPPED = "stopped; what has finished and all answers are kept, run the same command again"
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

app = typer.Typer(
    help="A few labeled examples and a language model become a small text classifier.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=SETTINGS,
)
answers = typer.Typer(help="Look after the response store.", no_args_is_help=True, context_settings=SETTINGS)
app.add_typer(answers, name="answers")
add_data_verbs(app)
verbs.register(app)

Overrides = Annotated[
    list[str] | None,
    typer.Option("-S", "--set-param", metavar="KEY=VALUE", help="Override a value of params.yaml; may be repeated."),
]


class Split(StrEnum):
    """Which accuracies are compared."""

    test = "test"
    validation = "validation"


@app.command("run")
def _run(
    preset: Annotated[str | None, typer.Argument(help="A preset of experiments.yaml.")] = None,
    overrides: Overrides = None,
    replay: Annotated[bool, typer.Option("--replay", help="Use recorded answers only, and run every stage.")] = False,
) -> int:
    """Run the pipeline and print the results table; with a preset or -S, as a DVC experiment."""
    from promptmix.cli.run import run_pipeline

    return run_pipeline(preset, overrides or [], replay)


@app.command("cost")
def _cost(
    preset: Annotated[str | None, typer.Argument(help="A preset of experiments.yaml.")] = None,
    overrides: Overrides = None,
) -> None:
    """Say what a run would request of the language model, and its price; nothing is requested or changed."""
    from promptmix.cli.cost.estimate import print_estimate

    print_estimate(preset, overrides or [])


@app.command("sweep")
def _sweep(
    name: Annotated[str | None, typer.Argument(help="A sweep of experiments.yaml.")] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("-S", "--set-param", metavar="KEY=VALUE[,VALUE]", help="Values to combine; may be repeated."),
    ] = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=1, help="Experiments at a time.")] = 1,
) -> int:
    """Run many experiments, each in a copy of the repository, and compare them; what has finished is not run again."""
    if not name and not overrides:
        raise typer.BadParameter("name a sweep of experiments.yaml, or give -S KEY=VALUE,VALUE")
    from promptmix.cli.sweep.command import run_sweep

    return run_sweep(name, overrides or [], jobs)


@app.command("compare")
def _compare(
    revisions: Annotated[list[str] | None, typer.Argument(metavar="[REV]...", help="Commits or tags (HEAD).")] = None,
    split: Annotated[Split, typer.Option(help="Choose settings by validation.")] = Split.test,
    md: Annotated[bool, typer.Option("--md", help="As a Markdown table, for a paper.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="As CSV, unrounded, for a notebook.")] = False,
) -> str:
    """Compare what has been run: the working tree, commits and their experiments, one row a configuration."""
    if md and csv:
        raise typer.BadParameter("--md and --csv exclude each other")
    from promptmix.cli.compare.command import comparison

    return comparison(revisions or ["HEAD"], split.value, "md" if md else "csv" if csv else "plain")


@app.command("table")
def _table(tag: Annotated[str | None, typer.Option(help="As it was at a tag, branch or commit.")] = None) -> str:
    """Print the results table, as the README shows it."""
    from promptmix.cli.table import show_table

    return show_table(tag)


@app.command("study")
def _study(
    name: Annotated[str | None, typer.Argument(help="One sweep, without study_; all of them by default.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Only write the page, from the results kept.")] = False,
) -> int:
    """Run the study's sweeps of experiments.yaml and write docs/study.md; goes on where it was stopped."""
    if name and write:
        raise typer.BadParameter(f"--write writes the whole page; leave out {name}")
    from promptmix.cli.study.command import run_study, write_study

    return write_study() if write else run_study(name)


@app.command("share")
def _share() -> None:
    """Put answers, outputs, run cache and experiments on the DVC remote (docs/sharing.md)."""
    from promptmix.cli.sharing.share import share

    share()


@app.command("reuse")
def _reuse() -> None:
    """Take over what colleagues shared, and reproduce the results from it."""
    from promptmix.cli.sharing.reuse import reuse

    reuse()


@app.command("verify")
def _verify(
    remote: Annotated[bool, typer.Option("--remote", help="Also read all of the default remote.")] = False,
    mend: Annotated[bool, typer.Option("--mend", help="Remove what is damaged.")] = False,
) -> None:
    """Check every cached file and stored answer against its digest."""
    from promptmix.cli.sharing.verify import verify_all

    verify_all(remote, mend)


@app.command("check")
def _check() -> int:
    """Check, without any data, that dvc.lock fits the code and the params."""
    from promptmix.cli.check import check

    return check()


@app.command("same")
def _same() -> int:
    """Compare the accuracies of this machine's run with the committed ones."""
    from promptmix.cli.same import compare_with_committed

    return compare_with_committed()


@answers.command("show")
def _show() -> str:
    """Say which answers are stored, by model, and what was paid for them."""
    from promptmix.cli.answers.commands import show_answers

    return show_answers()


@answers.command("verify")
def _verify_answers() -> str:
    """Check every stored answer against its digest."""
    from promptmix.cli.answers.commands import verify_answers

    return verify_answers()


@answers.command("merge")
def _merge(
    files: Annotated[list[Path], typer.Argument(help="Stores (.sqlite) and packs (.jsonl.gz).")],
) -> str:
    """Add the answers of other stores and packs."""
    from promptmix.cli.answers.commands import merge_answers

    return merge_answers(files)


@answers.command("prune")
def _prune(
    model: Annotated[str | None, typer.Option(help="Also remove all answers of this model.")] = None,
    refused: Annotated[
        bool, typer.Option("--refused", help="Also remove refusals, to send these prompts again.")
    ] = False,
) -> str:
    """Remove damaged answers; whole ones that are removed are packed beside the store first."""
    from promptmix.cli.answers.commands import prune_answers

    return prune_answers(model, refused=refused)


@answers.command("record")
def _record() -> None:
    """Pack the answers behind the present outputs into git's packs, for `promptmix run --replay`."""
    from promptmix.cli.answers.record import record_answers

    record_answers()


def main() -> NoReturn:
    """Run the command line and end the process: a verb's text is printed, its number is the exit status.

    Exits with status 1 and one line on standard error where the error is the user's to mend, with 2 and one line where
    the command line is wrong, and with 130 and one line after Ctrl-C or ``kill``.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        found = app(prog_name="promptmix", standalone_mode=False)
    except PromptMixError as error:
        end(f"error: {error}", 1)
    except ModuleNotFoundError as error:
        end(verbs.not_installed(error, sys.argv[1:]), 1)
    except typer.TyperException as error:  # the command line is wrong, or empty: then its message is the help
        words = error.format_message()
        end(words if words.startswith("Usage:") else f"error: {words}", error.exit_code)
    if isinstance(found, str):
        typer.echo(found.removesuffix("\n"))
    if found == 128 + signal.SIGINT:
        end(STOPPED, found)
    sys.exit(found if isinstance(found, int) else 0)
