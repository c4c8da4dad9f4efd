"""Threads that send through one HTTP library: ``python -m benchmarks.engines.transports URL COUNT IN_FLIGHT LIBRARY``.

Nothing is retried or stored, so that only the libraries differ.
"""

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks.engines import common

Send = Callable[[str], str | None]
Opener = Callable[[str, int], Send]

PATH = "chat/completions"
HEADERS = {"Authorization": "Bearer x", "Content-Type": "application/json"}
TIMEOUT = 60.0


def with_openai(url: str, in_flight: int) -> Send:  # noqa: ARG001  # the package's own pool has 1,000 connections
    """Send by the ``openai`` package's client, which sits on httpx2."""
    import openai

    client = openai.OpenAI(base_url=url, api_key="x", max_retries=0, timeout=TIMEOUT)

    def send(text: str) -> str | None:
        reply = client.chat.completions.create(model="stub", messages=[{"role": "user", "content": text}])
        return reply.choices[0].message.content

    return send


def with_httpx2(url: str, in_flight: int) -> Send:
    """Send by httpx2."""
    import httpx2

    limits = httpx2.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    client = httpx2.Client(timeout=TIMEOUT, limits=limits, follow_redirects=True, headers=HEADERS)
    return lambda text: _text(client.post(f"{url}/{PATH}", content=_body(text)).content)


def with_requests(url: str, in_flight: int) -> Send:
    """Send by one session of requests."""
    import requests

    session = requests.Session()
    session.headers.update(HEADERS)
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=in_flight))
    return lambda text: _text(session.post(f"{url}/{PATH}", data=_body(text), timeout=TIMEOUT).content)


def with_urllib3(url: str, in_flight: int) -> Send:
    """Send by urllib3, which has no proxies from the environment."""
    import urllib3

    pool = urllib3.PoolManager(maxsize=in_flight, timeout=TIMEOUT, headers=HEADERS)
    return lambda text: _text(pool.request("POST", f"{url}/{PATH}", body=_body(text), retries=False).data)


LIBRARIES: dict[str, Opener] = {
    "openai": with_openai,
    "httpx2": with_httpx2,
    "requests": with_requests,
    "urllib3": with_urllib3,
}


def ask(opener: Opener, url: str, texts: list[str], in_flight: int) -> list[str | None]:
    """Send all requests from ``in_flight`` threads."""
    with ThreadPoolExecutor(in_flight) as threads:
        return list(threads.map(opener(url, in_flight), texts))


def _body(text: str) -> bytes:
    return json.dumps({"model": "stub", "messages": [{"role": "user", "content": text}]}).encode()


def _text(data: bytes) -> str:
    return str(json.loads(data)["choices"][0]["message"]["content"])


if __name__ == "__main__":
    import openai  # noqa: F401  # imports are not timed, as for the other engines
    import requests  # noqa: F401  # likewise

    common.run(partial(ask, LIBRARIES[sys.argv[4]]))
