"""Clients of the ``openai`` package that only configure and never send: address, query and headers of requests."""

import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qsl, quote

from promptmix.core.errors import LLMError
from promptmix.llm.endpoints.address import checked_address, shown

if TYPE_CHECKING:
    from openai import OpenAI

AZURE = "https://NAME.openai.azure.com"
DEPLOYMENT = re.compile(r"(.*)/openai/deployments/([^/?]+)[^?]*(?:\?.*api-version=([\w-]+))?")
NEWER = {"v1", "preview", "latest"}  # versions of Azure's interface that is like everybody's


def openai_client(url: str | None, key: str | None) -> "OpenAI":
    """Return the configuration of any server.

    Args:
        url: None: that of ``OPENAI_BASE_URL``, or OpenAI's own. A query is sent with every request. Where it is that
            of a deployment on Azure, the key is sent as Azure wants it.
        key: None: that of ``OPENAI_API_KEY``.

    Raises:
        LLMError: there is no key, or it or the address cannot be one.
    """
    key = key or _key("OPENAI_API_KEY")
    if not key:
        raise LLMError("llm.endpoint is openai but OPENAI_API_KEY is not set; a server of your own accepts any value")
    url = url or os.environ.get("OPENAI_BASE_URL")
    if url is None:
        return _openai(None, key, {})
    place = checked_address("OPENAI_BASE_URL", url)
    query, base = dict(parse_qsl(place.query)), place._replace(query="").geturl()
    if "/openai/deployments/" not in place.path:
        return _openai(base, key, query)
    version = query.get("api-version") or os.environ.get("OPENAI_API_VERSION")
    if not version:
        raise LLMError(
            "OPENAI_BASE_URL is a deployment on Azure and ends without ?api-version=, like ?api-version=2024-10-21"
        )
    return _azure(base, version, query, key, None)


def azure_client(deployment: str) -> "OpenAI":
    """Return the configuration of a deployment on Azure, by the variables of the package's client for it.

    ``AZURE_OPENAI_ENDPOINT`` is the resource; with a date as ``OPENAI_API_VERSION`` the deployment has a path of its
    own, without one requests go to ``/openai/v1``, where it is the model.

    Raises:
        LLMError: there is no resource or no key, or it cannot be one.
    """
    place = _resource()
    key, token = _key("AZURE_OPENAI_API_KEY"), _key("AZURE_OPENAI_AD_TOKEN")
    if not (key or token):
        raise LLMError("llm.endpoint is azure but neither AZURE_OPENAI_API_KEY nor AZURE_OPENAI_AD_TOKEN is set")
    version = os.environ.get("OPENAI_API_VERSION", "").strip()
    resource = place._replace(path=re.sub(r"/openai(/v1)?$", "", place.path), query="").geturl()
    if place.path.endswith("/openai/v1") or version in NEWER | {""}:
        query = {"api-version": version} if version in NEWER - {"v1"} else {}
        return _openai(f"{resource}/openai/v1", key or token, query)
    return _azure(
        f"{resource}/openai/deployments/{quote(deployment, safe='')}", version, {}, key or None, token or None
    )


def _resource() -> SplitResult:
    text = os.environ.get("AZURE_OPENAI_ENDPOINT")
    if text is None:
        raise LLMError(f"llm.endpoint is azure but AZURE_OPENAI_ENDPOINT is not set; it is like {AZURE}")
    if found := DEPLOYMENT.match(text.strip()):
        resource, name, version = found.groups()
        raise LLMError(
            f"AZURE_OPENAI_ENDPOINT is the address of one deployment; set it to {shown(resource)}, "
            f"OPENAI_API_VERSION to {version or 'a version like 2024-10-21'} and llm.model to {name}"
        )
    return checked_address("AZURE_OPENAI_ENDPOINT", text)


def _key(variable: str) -> str:
    """Return a key from the environment, empty where there is none; raises LLMError where it cannot be one."""
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()) or key[:1] in ("'", '"'):
        raise LLMError(f"{variable} holds a character that no key has (a line break, a quotation mark?); set it again")
    return key


def _openai(base: str | None, key: str, query: dict[str, str]) -> "OpenAI":
    import openai

    return openai.OpenAI(base_url=base, api_key=key, default_query=query, max_retries=0, http_client=_nothing())


def _azure(base: str, version: str, query: dict[str, str], key: str | None, token: str | None) -> "OpenAI":
    import openai

    return openai.AzureOpenAI(
        base_url=base,
        api_version=version,
        api_key=key,
        azure_ad_token=None if key else token,
        default_query=query,
        max_retries=0,
        http_client=_nothing(),
    )


def _nothing() -> Any:
    """Return a client without a transport; one of its own would read certificates for 20 ms."""
    import httpx2

    return httpx2.Client(transport=httpx2.BaseTransport())
