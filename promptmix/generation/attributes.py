"""Draws how a text is to be written, so that prompts of one class differ and their texts too.

Source: Yu et al. 2023 (AttrPrompt, arXiv 2306.15895). The values stand in ``attributes.yaml``.
"""

from collections.abc import Iterator
from importlib.resources import files

import numpy as np
from ruamel.yaml import YAML


def draws(rng: np.random.Generator) -> Iterator[str]:
    """Yield without end one value of every attribute, drawn anew each time: ``casually, in one short sentence, …``."""
    with (files("promptmix.generation") / "attributes.yaml").open(encoding="utf-8") as file:
        attributes: dict[str, list[str]] = YAML(typ="safe", pure=True).load(file)
    while True:
        yield ", ".join(str(rng.choice(values)) for values in attributes.values())
