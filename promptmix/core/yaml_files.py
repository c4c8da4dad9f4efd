"""Reads YAML 1.2 files, and says in one line where one of them is not YAML."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from promptmix.core.errors import PromptMixError


def read_yaml(path: Path, error: type[PromptMixError], remedy: str = "") -> Any:
    """Return the content of a YAML file.

    YAML 1.2, because DVC writes ``5e-05``, where YAML 1.1 readers see a string.

    Raises:
        PromptMixError: the file is not YAML; of the class ``error``. The message starts ``FILE:LINE:`` where the line
            is known, and ends with ``remedy``.
        OSError: the file cannot be read.
    """
    try:
        return YAML(typ="safe", pure=True).load(path)
    except MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 0
        place, reason = f"{path}:{line}", str(fault.problem)
    except YAMLError as fault:  # a byte or character that no YAML file may hold
        place, reason = str(path), " ".join(str(fault).split())
    raise error(f"{place}: not YAML: {reason}{'; ' if remedy else ''}{remedy}")
