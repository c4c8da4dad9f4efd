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
from typing import NoReturn, get_args

from promptmix.core.errors import PromptMixError

PR_SET_PDEATHSIG = 1  # of linux/prctl.h
STOPS = (signal.SIGINT, signal.SIGTERM)
_abandoned: list[object] = []


def run(main: Callable[..., None]) -> None:
    """Call ``main`` with the command line's options, each converted by its annotation.

    Annotations are ``Path``, ``int``, ``str`` or a ``Literal`` of strings. Exits with status 1 and one line on standard
    error where the user can mend the error, and with 130 after Ctrl-C.
    """
    parser = argparse.ArgumentParser(description=inspect.getdoc(inspect.getmodule(main)))
    for name, parameter in inspect.signature(main).parameters.items():
        choices = get_args(parameter.annotation)
        convert = str if choices else parameter.annotation
        parser.add_argument(f"--{name.replace('_', '-')}", type=convert, choices=choices or None, required=True)
    # `kill` ends a stage as Ctrl-C does: its answers are kept.
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
    """End the process with a line on standard error; at once, and closing nothing, where something was abandoned."""
    sys.stderr.write(words + "\n")
    if _abandoned:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def abandon(thing: object) -> None:
    """Keep something that must not be closed, such as a server whose threads are computing, until :func:`end`.

    Closing it would wait for them; an ordinary exit beside them ends in a segmentation fault now and then.
    """
    _abandoned.append(thing)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Postpone Ctrl-C and ``kill`` until the block has ended, for what must not be left half done."""
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

    Otherwise a dvc that is killed would leave its stage running, together with that of the next dvc.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
