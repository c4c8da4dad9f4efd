"""Prices come from the bundled list of genai-prices: by provider and model, without a network."""

import socket

import pytest

from promptmix.llm.engine.prices import FREE, price

MILLION = 1_000_000


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a price needs no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def dollars(model: str, prompt: int, cached: int, completion: int) -> float | None:
    usage = {"prompt_tokens": prompt, "cached_tokens": cached, "completion_tokens": completion}
    found = price(model, "openai")
    return None if found is None else found.of(usage)


def test_a_reply_costs_its_prompt_cached_and_completion_tokens() -> None:
    """As OpenAI published in 2025: 15, 7.5 and 60 cents per million."""
    assert dollars("gpt-4o-mini", MILLION, MILLION // 2, MILLION // 10) == pytest.approx(0.075 + 0.0375 + 0.06)


@pytest.mark.parametrize(
    ("url", "model"),
    [
        ("", "gpt-4.1"), ("", "gpt-4.1-nano"), ("", "ft:gpt-4o-mini-2024-07-18:me"),
        ("https://api.anthropic.com/v1/", "claude-sonnet-4-5"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/", "gemini-2.5-flash"),
        ("https://api.mistral.ai/v1", "mistral-small-latest"),
        ("https://api.groq.com/openai/v1", "llama-3.3-70b-versatile"),
        ("https://openrouter.ai/api/v1", "openai/gpt-4o-mini"),
    ],
)  # fmt: skip
def test_models_of_the_usual_providers_have_a_price(monkeypatch: pytest.MonkeyPatch, url: str, model: str) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    found = price(model, "openai")
    assert found is not None
    assert 0 < found.cached <= found.input < found.output == found.dearest


def test_long_prompts_have_no_part_in_a_price() -> None:
    """3 dollars per million up to 200,000 tokens of prompt, 6 above; no prompt here is that long."""
    assert dollars("claude-sonnet-4-5", MILLION, 0, 0) == pytest.approx(3.0)


def test_a_model_behind_an_unknown_server_costs_what_one_of_its_name_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:4000/v1")
    assert dollars("gpt-4.1", MILLION, 0, 0) == pytest.approx(2.0)


def test_an_unknown_model_has_no_price_and_a_bundled_one_is_free() -> None:
    assert price("unheard-of", "openai") is None
    assert price("unheard-of", "bundled") == FREE


def test_a_deployment_on_azure_has_the_price_of_azures_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://openrouter.ai/api/v1")
    found = price("gpt-4o-mini", "azure")
    assert found is not None
    assert found.input == pytest.approx(0.15 / MILLION)
    assert price("my-deployment", "azure") is None
