"""Turns a stage's ``main`` into its command line: one required option for each parameter, no defaults.

So dvc.yaml names every file that a stage reads or writes, and the stage itself names none.
"""

import argparse
import ctypes
import inspect
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from promptmix.core.errors import PromptMixError

PR_SET_PDEATHSIG = 1  # of linux/prctl.h
STOPS = (signal.SIGINT, signal.SIGTERM)
_unclosed: list[object] = []


def run(main: Callable[..., None]) -> None:
    """Call ``main`` with the command line's options, each converted by its annotation (``Path``, ``int``, ``str``).

    Exits with status 1 and one line on standard error where the error is the user's to mend, and with 130 after Ctrl-C.
    """
    parser = argparse.ArgumentParser(description=inspect.getdoc(inspect.getmodule(main)))
    for name, parameter in inspect.signature(main).parameters.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=parameter.annotation, required=True)
    # `kill` ends a stage as Ctrl-C does: with its answers kept.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if "DVC_STAGE" in os.environ:
        end_with_parent()
    try:
        main(**vars(parser.parse_args()))
    except PromptMixError as error:
        end(f"error: {error}", 1)
    except KeyboardInterrupt:
        end("stopped; everything answered so far is kept, run the same command to go on", 130)


def end(words: str, status: int) -> NoReturn:
    """End the process with a line on standard error; on the spot where something could not be closed."""
    sys.stderr.write(words + "\n")
    if _unclosed:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put Ctrl-C and ``kill`` off until the block has ended, for what must not be left half made."""
    if threading.current_thread() is not threading.main_thread():  # signals come to the main thread alone
        yield
        return
    arrived: list[int] = []
    handlers = {number: signal.signal(number, lambda came, _: arrived.append(came)) for number in STOPS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if arrived:
        raise KeyboardInterrupt


def end_with_parent() -> None:
    """Have Linux end this process (SIGTERM) when its parent ends; elsewhere nothing is done.

    A dvc that is killed would else leave its stage running beside that of the next dvc.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def hold_on(thing: object) -> None:
    """Keep something that cannot be closed, such as a server that is computing; the process then ends without it."""
    _unclosed.append(thing)
