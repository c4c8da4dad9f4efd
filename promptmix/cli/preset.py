"""Print a preset of presets.yaml as options of ``dvc exp run``: ``dvc exp run $(python -m promptmix.cli.preset paper)``."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from promptmix.cli.running import run
from promptmix.core.errors import DataError


def options(name: str, path: Path = Path("presets.yaml")) -> list[str]:
    """Return ``-S key=value`` for every value of one preset, in file order.

    Raises:
        DataError: there is no such preset; the message names those that there are.
    """
    presets: dict[str, dict[str, Any]] = YAML(typ="safe", pure=True).load(path)
    if name not in presets:
        raise DataError(f"no preset {name!r} in {path}; there are {', '.join(presets)}")
    return [word for key, value in presets[name].items() for word in ("-S", f"{key}={value}")]


def main(arguments: Sequence[str]) -> str:
    """Return the options of the preset that the command line names."""
    return shlex.join(options(arguments[0] if arguments else ""))


if __name__ == "__main__":
    run(main, sys.argv[1:])
