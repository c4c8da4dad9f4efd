"""How a benchmark ends: with its exit status, or with one line that says why it cannot run."""

import sys
from collections.abc import Callable
from typing import NoReturn, TypeVarTuple

from promptmix.core.command import end
from promptmix.core.errors import PromptMixError

Arguments = TypeVarTuple("Arguments")


def run(main: Callable[[*Arguments], int | None], *arguments: *Arguments) -> NoReturn:
    """Call ``main`` and end the process with the status that it returns; None is 0.

    Exits with status 1 and one line on standard error where the error is the user's to mend, and with 130 after Ctrl-C.
    """
    try:
        sys.exit(main(*arguments))
    except PromptMixError as error:
        end(f"error: {error}", 1)
    except KeyboardInterrupt:
        end("stopped", 130)
