"""What the environment of whoever runs the tests must not decide."""

import os

import pytest


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.lower().endswith("_proxy") or name.startswith(("AZURE_", "OPENAI_")):
            monkeypatch.delenv(name)
    for name in "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR":
        monkeypatch.delenv(name, raising=False)
