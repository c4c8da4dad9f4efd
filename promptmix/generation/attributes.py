"""Draws style instructions, so that the prompts of one class differ, and so do their texts.

Source: Yu et al. 2023 (AttrPrompt, arXiv 2306.15895). The values are in ``attributes.yaml``.
"""

from collections.abc import Iterator
from importlib.resources import files

import numpy as np
from ruamel.yaml import YAML


def styles(rng: np.random.Generator) -> Iterator[str]:
    """Yield style instructions endlessly, each one value of every attribute: ``casually, in one short sentence, …``."""
    with (files("promptmix.generation") / "attributes.yaml").open(encoding="utf-8") as file:
        attributes: dict[str, list[str]] = YAML(typ="safe", pure=True).load(file)
    while True:
        yield ", ".join(str(rng.choice(values)) for values in attributes.values())
