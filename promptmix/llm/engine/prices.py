"""What tokens cost, by the table beside this file, which anyone may edit."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from promptmix.core.errors import LLMError

TABLE = Path(__file__).with_name("prices.yaml")
BATCH = 0.5  # share of the price that batch files cost


class Price(NamedTuple):
    """Dollars a token."""

    input: float
    cached: float
    """For prompt tokens that the server had computed before."""
    output: float

    @property
    def dearest(self) -> float:
        """The price that no token exceeds."""
        return max(self)

    def of(self, usage: Mapping[str, int]) -> float:
        """Return what an answer cost, from its ``prompt_tokens``, ``cached_tokens`` and ``completion_tokens``."""
        cached = usage.get("cached_tokens", 0)
        fresh = usage["prompt_tokens"] - cached
        return fresh * self.input + cached * self.cached + usage["completion_tokens"] * self.output


FREE = Price(0.0, 0.0, 0.0)


def price(model: str, endpoint: str) -> Price | None:
    """Return what a model costs: nothing where it is bundled, None where the table does not have it.

    Raises:
        LLMError: the table cannot be read.
    """
    if endpoint == "bundled":
        return FREE
    try:
        row = (YAML(typ="safe", pure=True).load(TABLE) or {}).get(model)
        return row and Price(*(float(row[kind]) / 1e6 for kind in ("input", "cached", "output")))
    except (YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise LLMError(
            f"{TABLE}: bad line for {model}; a line is like gpt-x: {{input: 2, cached: 1, output: 8}} ({error!r:.60})"
        ) from None
