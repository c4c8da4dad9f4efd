"""`promptmix serve`, asked over HTTP by a real client and in a real browser."""

import json
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from promptmix.classifier.guard import Limits, Rates
from promptmix.cli.classifier.serve import only_this_machine, serve_classifier
from promptmix.core.errors import ClassifierError
from tests.support.serving import Served, serving
from tests.support.tiny_classifier import tiny_classifier

TOKEN = "a-token-of-a-test-0123"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_classifier(tmp_path_factory.mktemp("serve") / "colors")


@pytest.fixture(scope="module")
def served(model: Path) -> Iterator[Served]:
    with serving(model) as served:
        yield served


def ask(served: Served, body: object, **how: object) -> requests.Response:
    return requests.post(f"{served.url}/predict", json=body, timeout=20, **how)  # type: ignore[arg-type]


def test_one_text_and_many_are_labeled_in_order(served: Served) -> None:
    assert ask(served, {"text": "navy sky"}).json() == {"predictions": [{"label": "blue", "confidence": 0.9647}]}
    found = ask(served, {"texts": ["lime", "rose rose", ""], "min_confidence": 0.7}).json()["predictions"]
    assert [each["label"] for each in found] == ["green", "red", None]
    assert ask(served, {"texts": []}).json() == {"predictions": []}


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 422, "JSON decode error"),
        (b"\xff\xfe", 4, ""),
        (b"[" * 100_000, 4, ""),
        (b'{"text": "a", "texts": ["b"]}', 422, "give either text or texts"),
        (b"{}", 422, "give either text or texts"),
        (b'{"text": 3}', 422, "text: Input should be a valid string"),
        (b'{"txt": "a"}', 422, "txt: Extra inputs are not permitted"),
        (b'{"text": "\\ud800"}', 422, "text: Input should be a valid string"),
        (b'{"texts": [' + b'"a",' * 1000 + b'"a"]}', 422, "texts: List should have at most 1000 items"),
        (b'{"text": "' + b"a" * 20_001 + b'"}', 422, "text: String should have at most 20000 characters"),
        (b'{"text": "' + b"a" * 10_000_000 + b'"}', 413, "a body may have 1,000,000 bytes"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_answered_is_refused_and_the_next_is_answered(
    served: Served, body: bytes, status: int, said: str
) -> None:
    headers = {"Content-Type": "application/json"}
    reply = requests.post(f"{served.url}/predict", data=body, headers=headers, timeout=20)
    assert reply.status_code == status or reply.status_code // 100 == status
    assert said in reply.json()["detail"]
    assert ask(served, {"text": "navy"}).json()["predictions"][0]["label"] == "blue"


def test_a_body_of_unknown_length_is_limited_too(served: Served) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(20):
            yield b"a" * 100_000

    reply = requests.post(f"{served.url}/predict", data=parts(), timeout=20)
    assert reply.status_code == 413


def test_many_clients_get_their_own_answers(served: Served) -> None:
    words = ["navy", "lime", "rose"] * 60
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda word: ask(served, {"text": word}).json()["predictions"][0]["label"], words))
    assert replies == ["blue", "green", "red"] * 60


def test_health_metrics_and_the_description_of_the_api(served: Served) -> None:
    assert requests.get(f"{served.url}/health", timeout=20).json() == {"status": "ok", "labels": 3}
    ask(served, {"text": "moss"})
    requests.get(f"{served.url}/never-there", timeout=20)
    reply = requests.get(f"{served.url}/metrics", timeout=20)
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert re.search(r'^promptmix_labels_total\{label="green"\} [1-9]', reply.text, re.M)
    assert re.search(r'^promptmix_requests_total\{path="/predict",status="200"\} [1-9]', reply.text, re.M)
    assert 'path="other",status="404"' in reply.text
    api = requests.get(f"{served.url}/openapi.json", timeout=20).json()
    assert {"/predict", "/health", "/metrics"} == api["paths"].keys()
    assert api["components"]["schemas"]["Question"]["properties"]["text"]["anyOf"][0]["maxLength"] == 20_000


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_page_loads_nothing_from_elsewhere(served: Served, path: str) -> None:
    page = requests.get(f"{served.url}{path}", timeout=20)
    assert not re.search(r"https?://|<script[^>]+src|<link", page.text)
    assert "default-src 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(("path", "expected"), [("/?text=navy%20sky", "0.965"), ("/docs", "POST /predict")])
def test_a_person_can_try_a_text_in_a_browser(served: Served, tmp_path: Path, path: str, expected: str) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser:
        pytest.skip("chromium is not installed")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"]
    nowhere = [
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    command = [browser, *options, *nowhere, served.url + path]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert expected in done.stdout
    assert 'class="fault"' not in done.stdout


@pytest.mark.parametrize("sent", [b"", b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n{"])
@pytest.mark.slow
def test_a_client_that_stops_sending_is_let_go(served: Served, sent: bytes) -> None:
    place = urlsplit(served.url)
    with socket.create_connection(("127.0.0.1", place.port or 0), timeout=30) as client:
        client.sendall(sent)
        assert ask(served, {"text": "navy"}).ok
        started = time.monotonic()
        reply = client.recv(1000)
        assert 5 < time.monotonic() - started < 20
    assert reply.startswith(b"HTTP/1.1 408" if sent else b"")
    assert ask(served, {"text": "navy"}).ok


def test_a_token_is_asked_for_where_texts_are_and_is_in_no_log(model: Path) -> None:
    with serving(model, "--host", "0.0.0.0", PROMPTMIX_TOKEN=TOKEN) as served:
        assert requests.get(f"{served.url}/health", timeout=20).ok
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
            reply = ask(served, {"text": "navy"}, headers=headers)
            assert (reply.status_code, reply.headers["www-authenticate"]) == (401, "Bearer")
        assert requests.get(f"{served.url}/metrics", timeout=20).status_code == 401
        assert ask(served, {"text": "navy"}, headers={"Authorization": f"Bearer {TOKEN}"}).ok
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(20) == 0
        assert served.process.stderr
        assert served.process.stderr.read() == ""


@pytest.mark.parametrize(
    ("host", "token", "said"),
    [
        ("0.0.0.0", None, "can be reached from other machines, so a token is needed"),
        ("::", "", "a token is needed"),
        ("127.0.0.1", "short", "the token needs at least 16 printable ASCII characters"),
    ],
)
def test_a_server_without_its_token_does_not_start(model: Path, host: str, token: str | None, said: str) -> None:
    with pytest.raises(ClassifierError, match=said):
        serve_classifier(model, host, 0, token, Limits(), int8=False)


def test_a_port_that_is_taken_is_one_line(model: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ClassifierError, match=f"{port}: cannot listen .Address already in use.; choose another"):
            serve_classifier(model, "127.0.0.1", port, None, Limits(), int8=False)


def test_loopback_is_told_from_other_addresses() -> None:
    assert all(map(only_this_machine, ["127.0.0.1", "127.1.2.3", "::1", "localhost"]))
    assert not any(map(only_this_machine, ["0.0.0.0", "::", "10.0.0.1", "example.org", ""]))


def test_a_client_gets_its_rate_and_no_more() -> None:
    rates = Rates(2.0)
    assert [rates.allow("a", 0.0) for _ in range(3)] == [True, True, False]
    assert rates.allow("b", 0.0)
    assert [rates.allow("a", 0.5), rates.allow("a", 0.5)] == [True, False]
    assert [rates.allow("a", 99.0) for _ in range(3)] == [True, True, False]


def test_a_client_above_its_rate_is_refused_over_http(model: Path) -> None:
    with serving(model, "--rate", "1") as served:
        statuses = [ask(served, {"text": "navy"}).status_code for _ in range(3)]
        assert statuses[0] == 200
        assert 429 in statuses


def test_ctrl_c_lets_requests_end(model: Path) -> None:
    with serving(model) as served, ThreadPoolExecutor(1) as pool:
        assert ask(served, {"text": "navy"}).ok
        many = pool.submit(ask, served, {"texts": ["navy " * 2000] * 90})
        time.sleep(0.3)
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(20) == 0
        assert len(json.loads(many.result().text)["predictions"]) == 90
