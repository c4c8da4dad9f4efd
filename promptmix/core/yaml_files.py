"""Reads YAML 1.2 files, and says in one line where one of them is not YAML."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from promptmix.core.decoding import decoded
from promptmix.core.errors import PromptMixError


def read_yaml(path: Path, error: type[PromptMixError], remedy: str = "", *, literal: bool = False) -> Any:
    """Return the content of a YAML file.

    YAML 1.2, because DVC writes ``5e-05``, where YAML 1.1 readers see a string.

    Args:
        path: A file in UTF-8, or in UTF-16 or UTF-32 with a byte order mark.
        error: Class of what is raised.
        remedy: What would do; the message ends with it where the file is not YAML.
        literal: Keep every value as the string that is written: no numbers, truth values or nulls.

    Raises:
        PromptMixError: the file is not YAML or cannot be read; of the class ``error``. The message starts
            ``FILE:LINE:`` or ``FILE:``.
        FileNotFoundError: there is no such file.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as fault:
        raise error(f"{path}: cannot be read ({fault.strerror})") from None
    text = decoded(str(path), data, error)
    try:
        return YAML(typ="base" if literal else "safe", pure=True).load(text)
    except ReaderError as fault:
        line = len(f"{text[: fault.position]}.".splitlines())
        reason = f"control character U+{ord(text[fault.position]):04X}"
    except MarkedYAMLError as fault:
        line, reason = (fault.problem_mark.line + 1 if fault.problem_mark else 1), _words(fault)
    except YAMLError as fault:  # none is known that has no line
        line, reason = 1, " ".join(str(fault).split())
    raise error(f"{path}:{line}: not YAML: {reason}{'; ' if remedy else ''}{remedy}")


def _words(fault: MarkedYAMLError) -> str:
    problem = " ".join(str(fault.problem).split())
    if r"'\t'" in problem:
        return "a tab, where YAML takes spaces"
    return "a key begins with { or [" if "unhashable" in problem else problem
