"""How every tool speaks and ends: with what it found, or with one line that says why not."""

import signal
import sys
from collections.abc import Callable
from typing import NoReturn, TypeVarTuple

from promptmix.core.command import end
from promptmix.core.errors import PromptMixError

STOPPED = "stopped; what has finished and all answers are kept, run the same command again"

Arguments = TypeVarTuple("Arguments")


def run(main: Callable[[*Arguments], int | str | None], *arguments: *Arguments) -> NoReturn:
    """Call ``main`` and end the process: what it returns is printed (text) or is the exit status (number).

    Exits with status 1 and one line on standard error where the error is the user's to mend, and with 130 and one line
    after Ctrl-C or ``kill``.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        found = main(*arguments)
        if isinstance(found, str):
            say(found.removesuffix("\n"))
    except PromptMixError as error:
        end(f"error: {error}", 1)
    except KeyboardInterrupt:
        end(STOPPED, 130)
    sys.exit(found if isinstance(found, int) else 0)


def say(words: str) -> None:
    """Print a line, or several, at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()
