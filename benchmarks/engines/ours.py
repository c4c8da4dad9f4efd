"""The engine of this repository, with its response store written and read back."""

import os
import tempfile
from pathlib import Path

from benchmarks.engines import common
from promptmix import params
from promptmix.core.records import Question
from promptmix.llm.client import Client
from promptmix.llm.endpoints.open import open_endpoint
from promptmix.llm.request import Sampling
from promptmix.llm.store.database import Store
from promptmix.models.pretrained import Pretrained

ASKING = params.asking()


def ask(url: str, texts: list[str], in_flight: int) -> list[str]:
    """Send requests through the client that the stages use."""
    os.environ["OPENAI_BASE_URL"] = url
    model = Pretrained(name="stub", endpoint="openai", files={})
    settings = ASKING.model_copy(update={"concurrency": in_flight})
    questions = [Question(id=str(n), text=text, shared=0, draw=0) for n, text in enumerate(texts)]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DVC_ROOT"] = folder
        store = Store(Path(folder) / "answers.sqlite")
        with Client("ours", model.identity("stub"), store, lambda: open_endpoint(model, settings), settings) as client:
            return [completion.text for completion in client.ask(questions, Sampling("chat", 1.0, 1.0, 64))]


if __name__ == "__main__":
    import openai  # noqa: F401  # imports are not timed, as for the other engines

    import promptmix.llm.endpoints.connections  # noqa: F401  # likewise

    common.run(ask)
