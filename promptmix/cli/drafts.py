"""classes.yaml and dataset.yaml as the command line writes them, for a person to go on with."""

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML

CLASSES = "classes.yaml"
DRAFT = "classes.draft.yaml"
SENTENCE = 'Each line completes the sentence "NAME, which is about ..."'


def yaml_lines(values: Mapping[str, Any]) -> str:
    """Return values as YAML, one line each; names and texts that YAML would take for something else are quoted."""
    yaml = YAML()
    yaml.width = 1 << 20  # a description stays one line
    yaml.default_flow_style = False
    stream = StringIO()
    yaml.dump(dict(values), stream)
    return stream.getvalue()


def class_lines(descriptions: Mapping[str, str], writer: str) -> str:
    """Return a classes.yaml; ``writer`` says who wrote it."""
    return f"# {SENTENCE}. Drafted by {writer}: edit it.\n{yaml_lines(descriptions)}"


def empty_class_lines(labels: Sequence[str]) -> str:
    """Return a classes.yaml without a description, in which every class has a line to fill in.

    As long as it is all comments, descriptions are made from the names.
    """
    lines = "".join(f"# {line}\n" for line in yaml_lines(dict.fromkeys(labels, "...")).splitlines())
    return f"# {SENTENCE}. Take away the # of all lines, and fill them in.\n{lines}"
