"""A server of `promptmix serve`, started as a person does."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Served:
    """A running server."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self.process, self.url = process, url


@contextmanager
def serving(model: Path, *options: str, **environment: str) -> Iterator[Served]:
    """Serve a classifier on a free port until the block ends."""
    command = [sys.executable, "-m", "promptmix", "serve", str(model), "--port", "0", *options]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env={**os.environ, **environment}
    ) as process:
        try:
            assert process.stderr
            line = process.stderr.readline()
            assert " on http://" in line, line + process.stderr.read()
            yield Served(process, line.split(" on ")[1].split()[0].replace("0.0.0.0", "127.0.0.1"))
        finally:
            process.terminate()
