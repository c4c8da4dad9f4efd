"""Put on the default remote what colleagues can reuse: answers, outputs, the run cache and experiments.

Answers go first: they alone cost money. Commits travel with ``git push``, which stays yours to run.
"""

from promptmix.cli import git
from promptmix.cli.running import run, say
from promptmix.cli.sharing.answer_packs import Exchange
from promptmix.cli.sharing.remote import dvc, open_remote

AGAIN = "what was copied stays, so mend the cause and run `make share` again"
OLDER = "experiments on commits older than the remote need its url in .dvc/config.local (docs/sharing.md)"


def main(git_remote: str = "origin") -> None:
    """Share everything; whatever is there already is not copied again."""
    exchange = Exchange(open_remote())
    say(exchange.take_over())
    say(exchange.hand_over())
    dvc("push", "--run-cache", advice=AGAIN)
    if not git.has_remote(git_remote):
        say(f"experiments: not shared, because git has no remote {git_remote!r} (git remote add {git_remote} …)")
        return
    dvc("exp", "push", "--all-commits", git_remote, advice=f"{AGAIN}; {OLDER}")


if __name__ == "__main__":
    run(main)
