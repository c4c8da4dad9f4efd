"""Put on the default remote what colleagues can reuse: answers, outputs, the run cache and experiments.

Answers go first: they alone cost money. Commits travel with ``git push``, which stays yours to run.
"""

import typer

from promptmix.cli import git
from promptmix.cli.sharing.answer_packs import Exchange
from promptmix.cli.sharing.remote import call_dvc, open_remote

AGAIN = "what was copied stays, so mend the cause and run `promptmix share` again"
OLDER = "experiments on commits older than the remote need its url in .dvc/config.local (docs/sharing.md)"


def share(git_remote: str = "origin") -> None:
    """Share everything; whatever is there already is not copied again."""
    exchange = Exchange(open_remote())
    typer.echo(exchange.take_over())
    typer.echo(exchange.hand_over())
    call_dvc("push", "--run-cache", advice=AGAIN)
    if not git.has_remote(git_remote):
        typer.echo(f"experiments: not shared, because git has no remote {git_remote!r} (git remote add {git_remote} …)")
        return
    call_dvc("exp", "push", "--all-commits", git_remote, advice=f"{AGAIN}; {OLDER}")
