"""Real servers on loopback that a DVC remote can live on; each is skipped with a reason where it is not installed."""

import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "planted-remote-password"
Blanks = dict[str, str]
"""Placeholders in a recipe of docs/sharing.md, and their values here."""


@contextmanager
def folder(place: Path) -> Iterator[Blanks]:
    """A folder that both clones see."""
    yield {"/mnt/team/promptmix": str(place / "remote")}


@contextmanager
def ssh(place: Path) -> Iterator[Blanks]:
    """OpenSSH's server, with key login only."""
    pytest.importorskip("dvc_ssh", reason="dvc-ssh is not installed")
    server = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin")
    if not server:
        pytest.skip("sshd is not installed (openssh-server)")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd needs it when it runs as root
    for name in ("host", "me"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place / name)], check=True)
    settings = {"HostKey": place / "host", "AuthorizedKeysFile": place / "me.pub", "StrictModes": "no", "UsePAM": "no",
                "PasswordAuthentication": "no", "PidFile": "none", "Subsystem": "sftp internal-sftp"}  # fmt: skip
    options = [f"-o{name}={value}" for name, value in settings.items()]
    with serving([server, "-D", "-f", "/dev/null", "-oListenAddress=127.0.0.1", *options, "-p"]) as port:
        address = f"ssh://{getpass.getuser()}@127.0.0.1:{port}{place}/remote"
        yield {"ssh://you@host/srv/promptmix": address, "~/.ssh/id_ed25519": str(place / "me")}


@contextmanager
def s3(place: Path) -> Iterator[Blanks]:
    """moto's server."""
    for module in ("dvc_s3", "moto", "flask", "flask_cors"):
        pytest.importorskip(module, reason=f"{module} is not installed")
    with serving([sys.executable, "-c", "from moto.server import main; main()", "-p"]) as port:
        address = f"http://127.0.0.1:{port}"
        urllib.request.urlopen(urllib.request.Request(f"{address}/bucket", method="PUT")).close()
        yield {"https://s3.example.org": address, "YOUR_ID": "planted-id", "YOUR_SECRET": PASSWORD}


@contextmanager
def webdav(place: Path) -> Iterator[Blanks]:
    """wsgidav behind cheroot, with a password."""
    for module in ("dvc_webdav", "wsgidav", "cheroot"):
        pytest.importorskip(module, reason=f"{module} is not installed")
    (place / "webdav/promptmix").mkdir(parents=True)
    users = {"*": {"me": {"password": PASSWORD}}}
    config = {"host": "127.0.0.1", "provider_mapping": {"/": str(place / "webdav")},
              "simple_dc": {"user_mapping": users}, "logging": {"enable": False}}  # fmt: skip
    (place / "wsgidav.json").write_text(json.dumps(config))
    with serving(
        [sys.executable, "-m", "wsgidav.server.server_cli", "--config", str(place / "wsgidav.json"), "--port"]
    ) as port:
        yield {"webdavs://host": f"webdav://127.0.0.1:{port}", "YOU\n": "me\n", "YOUR_PASSWORD": PASSWORD}


@contextmanager
def http(place: Path) -> Iterator[Blanks]:
    """Python's own web server in front of a folder remote."""
    (place / "remote").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(place / "remote")]
    with serving(command) as port:
        yield {"https://host/promptmix": f"http://127.0.0.1:{port}"}


@contextmanager
def serving(command: list[str]) -> Iterator[int]:
    """Run a server whose last argument is a free port until the block ends; yields the port once it is open."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = subprocess.DEVNULL
    with subprocess.Popen([*command, str(port)], stdout=quiet, stderr=quiet) as process:
        try:
            wait_for(port, process)
            yield port
        finally:
            process.terminate()


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Return once the port is open."""
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"{process.args!r} did not open port {port}; it ended with {process.poll()}")
