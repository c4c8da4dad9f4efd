"""What tokens cost, from the price list of ``genai-prices``: kept by Pydantic, bundled in the package, used offline."""

import os
from typing import NamedTuple

from promptmix.llm.store.entries import TokenCounts

AZURE = "https://any.openai.azure.com"  # stands for every resource in the price list
BATCH = 0.5  # share of the price that batch files cost


class Price(NamedTuple):
    """Dollars per token."""

    input: float
    cached: float
    """For prompt tokens that the server had computed before."""
    output: float

    @property
    def dearest(self) -> float:
        """The price that no token exceeds."""
        return max(self)

    def of(self, usage: TokenCounts) -> float:
        """Return what a reply cost, in dollars."""
        cached = usage.get("cached_tokens", 0)
        fresh = usage["prompt_tokens"] - cached
        return fresh * self.input + cached * self.cached + usage["completion_tokens"] * self.output


FREE = Price(0.0, 0.0, 0.0)


def price(model: str, endpoint: str) -> Price | None:
    """Return what a model costs now: nothing where it is bundled, None where the price is unknown.

    The provider is Azure, or that of ``OPENAI_BASE_URL``; of a server that is not on the list, that of a model of this
    name.
    """
    if endpoint == "bundled":
        return FREE
    url = AZURE if endpoint == "azure" else os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1"
    return _listed(model, url) or _listed(model, None)


def _listed(model: str, url: str | None) -> Price | None:
    from genai_prices import Usage, calc_price

    one = (  # small, because some providers charge more per token for long prompts
        Usage(input_tokens=1),
        Usage(input_tokens=1, cache_read_tokens=1),
        Usage(output_tokens=1),
    )
    try:
        return Price(*(float(calc_price(usage, model, provider_api_url=url).total_price) for usage in one))
    except LookupError:
        return None
