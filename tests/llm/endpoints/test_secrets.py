"""What is a secret of a connection is masked wherever a server repeats it."""

import pytest

from promptmix.core.errors import LLMError
from promptmix.core.records import Question
from promptmix.llm.endpoints.configured import azure_client
from promptmix.llm.endpoints.failures import RequestFailed
from promptmix.llm.endpoints.hosted import Hosted
from promptmix.llm.endpoints.transport import Transport
from promptmix.llm.request import Sampling
from tests.support.raw_server import reply, serving

QUESTION = Question(id="q", text="hello", shared=0, draw=0)
SECRETS = "query-planted-123", "pass-planted-123", "key-planted-12345"


@pytest.mark.parametrize("status", [200, 400, 401, 500])
@pytest.mark.parametrize("secret", SECRETS)
def test_a_server_that_repeats_a_secret_of_its_address_is_not_quoted_with_it(secret: str, status: int) -> None:
    said = b'{"error": {"message": "odd request ' + secret.encode() + b'", "code": "' + secret.encode() + b'"}}'
    with serving(reply(said, status)) as (url, _):
        address = f"{url.replace('://', f'://me:{SECRETS[1]}@')}/v1?api-key={SECRETS[0]}"
        endpoint = Hosted(Transport(address, SECRETS[2], 5.0, 1), "m", 1)
        with pytest.raises(RequestFailed) as caught:
            endpoint.answer("00000002", QUESTION, Sampling("chat", 1.0, 0.9, 10))
    said_of_it = f"{caught.value.message} {caught.value.words} {caught.value.cause}"
    assert "odd request ***" in said_of_it
    assert not [each for each in SECRETS if each in said_of_it]


def test_the_version_in_an_address_is_no_secret() -> None:
    with serving(reply(b'{"error": {"message": "no 2024-10-21 here"}}', 400)) as (url, _):
        endpoint = Hosted(Transport(f"{url}/v1?api-version=2024-10-21", SECRETS[2], 5.0, 1), "m", 1)
        with pytest.raises(RequestFailed, match="no 2024-10-21 here"):
            endpoint.answer("00000002", QUESTION, Sampling("chat", 1.0, 0.9, 10))


def test_the_password_of_a_resource_on_azure_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    path = "openai/deployments/gpt4/chat/completions?api-version=2024-10-21"
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", f"https://me:{SECRETS[1]}@gw.example/{path}")
    with pytest.raises(LLMError, match=r"set it to https://gw\.example, ") as caught:
        azure_client("gpt4")
    assert SECRETS[1] not in str(caught.value)
