"""Runs stages in a temporary folder, so that nothing of the repository changes."""

import importlib
import inspect
import io
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr
from pathlib import Path
from typing import Any
from unittest import mock

from promptmix.cli import pipeline
from promptmix.cli.overrides import override_file
from promptmix.core.errors import ParamsError

COPIED = (pipeline.FILE, Path("params.yaml"), Path("asking.yaml"))


@contextmanager
def isolated(overrides: Sequence[str]) -> Iterator[None]:
    """Work in a temporary folder with the pipeline's files, params with overrides, and the original data.

    Models and the response store are those of the repository. ``PROMPTMIX_REPLAY`` is set, so that a stage that opened
    a client of its own could not send anything either.
    """
    root, raw = Path.cwd(), pipeline.raw()
    environment = {"PROMPTMIX_ROOT": os.environ.get("PROMPTMIX_ROOT", str(root)), "PROMPTMIX_REPLAY": "1"}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="promptmix-cost.")))
        for path in COPIED:
            if not path.exists():
                raise ParamsError(f"{path}: no such file; `git checkout {path}` brings it back")
            shutil.copy(path, folder / path)
        override_file(folder / "params.yaml", overrides)
        (folder / raw).parent.mkdir(parents=True)
        (folder / raw).symlink_to(root / raw)
        stack.enter_context(mock.patch.dict(os.environ, environment))
        stack.enter_context(mock.patch.object(sys, "path", [str(root), *sys.path]))  # where `stages` is
        stack.enter_context(chdir(folder))
        yield


def run_stage(stage: pipeline.Stage, open_client: Callable[..., Any]) -> None:
    """Run a stage's own ``main`` with the arguments of dvc.yaml and another client; what it logs is dropped."""
    _, _, module, *words = shlex.split(stage.command)  # python -m stages.NAME --option value …
    script = importlib.import_module(module)
    given = dict(zip(words[::2], words[1::2], strict=True))
    arguments = {
        name: _converted(given[f"--{name.replace('_', '-')}"], parameter.annotation)
        for name, parameter in inspect.signature(script.main).parameters.items()
    }
    # Not every stage opens a client.
    with mock.patch.object(script, "open_client", open_client, create=True), redirect_stderr(io.StringIO()):
        script.main(**arguments)


def _converted(word: str, annotation: Any) -> Any:
    return annotation(word) if isinstance(annotation, type) else word
