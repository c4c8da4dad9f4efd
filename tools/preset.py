"""Print a preset of presets.yaml as options of ``dvc exp run``: ``dvc exp run $(python -m tools.preset paper)``."""

import shlex
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def options(name: str, path: Path = Path("presets.yaml")) -> list[str]:
    """Return ``-S key=value`` for every value of one preset, in file order.

    Raises:
        KeyError: there is no such preset; the message names those that there are.
    """
    presets: dict[str, dict[str, Any]] = YAML(typ="safe", pure=True).load(path)
    if name not in presets:
        raise KeyError(f"no preset {name!r} in {path}; there are {', '.join(presets)}")
    return [word for key, value in presets[name].items() for word in ("-S", f"{key}={value}")]


if __name__ == "__main__":
    try:
        sys.stdout.write(shlex.join(options(sys.argv[1] if len(sys.argv) > 1 else "")) + "\n")
    except KeyError as error:
        sys.exit(f"error: {error.args[0]}")
