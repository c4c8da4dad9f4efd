"""Who is asked, and how the key is sent, comes from the environment that the ``openai`` package knows."""

import pytest

from promptmix.core.errors import LLMError
from promptmix.core.records import Question
from promptmix.llm.endpoints.open import open_endpoint
from promptmix.llm.endpoints.transport import Transport
from promptmix.llm.request import Sampling
from promptmix.models.pretrained import Pretrained
from promptmix.params import Asking
from tests.support.raw_server import Received, reply, serving

KEY = "azure-planted-secret-123456"
VERSION = "2024-10-21"
CHAT = (
    b'{"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"index": 0, "finish_reason": '
    b'"stop", "message": {"role": "assistant", "content": "hi"}}], '
    b'"usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}'
)


def sent(url: str, monkeypatch: pytest.MonkeyPatch, received: list[Received], **environment: str) -> Received:
    """Send one question to an Azure endpoint and return what came there."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value.replace("URL", url))
    asking = Asking(
        concurrency=1, timeout=5.0, time_limit=None, retries=0, requests_per_minute=None, tokens_per_minute=None,
        threads=1,
    )  # fmt: skip
    question = Question(id="q", text="hello", shared=0, draw=0)
    with open_endpoint(Pretrained(name="gpt 4o", endpoint="azure", files={}), asking) as endpoint:
        answer, _ = endpoint.answer("00000002", question, Sampling("chat", 1.0, 0.9, 10))
    assert answer["text"] == "hi"
    return received[-1]


@pytest.mark.parametrize("endpoint", ["URL", "URL/", "URL/openai", "URL/openai/"])
def test_a_deployment_on_azure_is_asked_by_its_path_with_the_version(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(reply(CHAT)) as (url, received):
        request = sent(
            url, monkeypatch, received, AZURE_OPENAI_ENDPOINT=endpoint, AZURE_OPENAI_API_KEY=KEY,
            OPENAI_API_VERSION=VERSION,
        )  # fmt: skip
    assert request.path == f"/openai/deployments/gpt%204o/chat/completions?api-version={VERSION}"
    assert request.headers["api-key"] == KEY
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    ("endpoint", "version", "path"),
    [("URL", "", "/openai/v1/chat/completions"), ("URL", "v1", "/openai/v1/chat/completions"),
     ("URL/openai/v1/", VERSION, "/openai/v1/chat/completions"),
     ("URL", "preview", "/openai/v1/chat/completions?api-version=preview")],
)  # fmt: skip
def test_the_newer_interface_of_azure_is_asked_where_no_date_is_given(
    endpoint: str, version: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(reply(CHAT)) as (url, received):
        request = sent(
            url, monkeypatch, received, AZURE_OPENAI_ENDPOINT=endpoint, AZURE_OPENAI_API_KEY=KEY,
            OPENAI_API_VERSION=version,
        )  # fmt: skip
    assert request.path == path
    assert request.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("version", ["", VERSION])
def test_a_token_of_azures_directory_is_sent_as_a_token(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(reply(CHAT)) as (url, received):
        request = sent(
            url, monkeypatch, received, AZURE_OPENAI_ENDPOINT="URL", AZURE_OPENAI_AD_TOKEN=KEY,
            OPENAI_API_VERSION=version,
        )  # fmt: skip
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert "api-key" not in request.headers


def test_a_deployments_address_may_be_that_of_any_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(reply(CHAT)) as (url, received):
        monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/openai/deployments/gpt4o?api-version={VERSION}")
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        transport = Transport(None, None, 5.0, 1)
        transport.post("chat/completions", {})
    assert received[0].path == f"/openai/deployments/gpt4o/chat/completions?api-version={VERSION}"
    assert received[0].headers["api-key"] == KEY
    assert transport.address == f"{url}/openai/deployments/gpt4o"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "AZURE_OPENAI_ENDPOINT is not set; it is like https://NAME.openai.azure.com"),
        ({"AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com"}, "neither AZURE_OPENAI_API_KEY nor"),
        ({"AZURE_OPENAI_ENDPOINT": "x.openai.azure.com"}, "set it to https://x.openai.azure.com"),
        ({"AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com", "AZURE_OPENAI_API_KEY": '"k"'}, "set it again"),
        ({"AZURE_OPENAI_ENDPOINT": f"https://x.azure.com/openai/deployments/d/chat/completions?api-version={VERSION}"},
         f"set it to https://x.azure.com, OPENAI_API_VERSION to {VERSION} and llm.model to d"),
    ],
)  # fmt: skip
def test_what_is_missing_for_azure_is_named(
    environment: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(LLMError) as caught:
        Transport(None, None, 5.0, 1, deployment="d")
    assert words in str(caught.value)


def test_a_deployments_address_without_a_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://x.openai.azure.com/openai/deployments/d")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(LLMError, match=r"without \?api-version="):
        Transport(None, None, 5.0, 1)


@pytest.mark.parametrize("key", ['"sk-1"', "'sk-1'", "sk-1\nsk-2", "sk-ü"])
def test_what_cannot_be_a_key_is_refused_and_not_shown(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(LLMError, match=r"^OPENAI_API_KEY holds a character that no key has") as caught:
        Transport(None, None, 5.0, 1)
    assert "sk-" not in str(caught.value)


def test_answers_of_azure_are_kept_apart_from_those_of_openai() -> None:
    azure, openai = (Pretrained(name="gpt-4o", endpoint=kind, files={}) for kind in ("azure", "openai"))
    assert azure.identity("openai") != openai.identity("openai")
    assert azure.identity("team a") != azure.identity("team b")
    assert azure.is_hosted
