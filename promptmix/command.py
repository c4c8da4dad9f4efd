"""Turns a stage's ``main`` into its command line: one required option for each parameter, no defaults.

So dvc.yaml names every file that a stage reads or writes, and the stage itself names none.
"""

import argparse
import inspect
import signal
import sys
from collections.abc import Callable

from promptmix.errors import PromptMixError


def run(main: Callable[..., None]) -> None:
    """Call ``main`` with the command line's options, each converted by its annotation (``Path``, ``int``, ``str``).

    Exits with status 1 and one line on standard error where the error is the user's to mend, and with 130 after Ctrl-C.
    """
    parser = argparse.ArgumentParser(description=inspect.getdoc(inspect.getmodule(main)))
    for name, parameter in inspect.signature(main).parameters.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=parameter.annotation, required=True)
    # `kill` ends a stage as Ctrl-C does: with its answers kept.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main(**vars(parser.parse_args()))
    except PromptMixError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.stderr.write("stopped; everything answered so far is kept, run the same command to go on\n")
        sys.exit(130)
