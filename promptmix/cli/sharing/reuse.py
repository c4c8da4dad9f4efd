"""Take over what colleagues shared, and reproduce the table from it.

An experiment of a colleague: ``dvc exp apply NAME``, then ``dvc repro --pull --allow-missing``.
"""

import typer

from promptmix.cli import git
from promptmix.cli.sharing.answer_packs import Exchange
from promptmix.cli.sharing.remote import call_dvc, open_remote

INCOMPLETE = (
    "what is not there was not shared; what is damaged there, `promptmix verify --remote` names; whoever has it"
    " runs `promptmix share`; or `dvc repro --pull` makes here what is missing"
)


def reuse(git_remote: str = "origin") -> None:
    """Take over answers, experiments, run cache and outputs, then run what is left to run."""
    typer.echo(Exchange(open_remote()).take_over())
    if git.has_remote(git_remote):
        advice = "without experiments: dvc pull --run-cache && dvc repro --pull --allow-missing"
        call_dvc("exp", "pull", "--all-commits", git_remote, advice=advice)
    call_dvc("pull", "--run-cache", advice=INCOMPLETE)
    call_dvc("repro", "--pull", "--allow-missing", advice="mend the cause and run it again")
