"""Measure what shared beginnings save on the bundled server: the recorded prompts of a finished run, asked once more.

``python -m benchmarks.beginnings [DATASET] [SEED]`` (after ``dvc repro`` or ``make replay``) asks the mixing prompts of
a seed in the order of the client (all waves as one), with the sampling of params.yaml: as this repository asks (a
beginning that neighbours share is computed once) and with every prompt computed from its first token, in turns. Nothing
is stored. Some 10 minutes with the 1.5B model on 2 cores.
"""

import hashlib
import sys
from functools import partial
from pathlib import Path

from benchmarks.order import Cold
from benchmarks.timing import in_turns, ratios, spread
from promptmix import params
from promptmix.core import jsonl
from promptmix.core.records import MixPrompt, Question
from promptmix.generation import writer
from promptmix.llm.endpoints.bundled import Bundled
from promptmix.llm.endpoints.open import Endpoint, open_endpoint
from promptmix.llm.request import Sampling
from promptmix.models.pretrained import Pretrained, title


def usage(endpoint: Endpoint, questions: list[Question], sampling: Sampling, _: int) -> list[dict[str, int]]:
    """Ask all and return what each answer used; equal questions get equal answers in every round."""
    keys = [hashlib.sha256(f"{question.id} {question.draw}".encode()).hexdigest() for question in questions]
    asked = zip(keys, questions, strict=True)
    return [endpoint.answer(key, question, sampling)[0]["usage"] for key, question in asked]


def main(dataset: str = "demo", seed: str = "0") -> None:
    """Ask in both ways by turns, and print the seconds of a pass and the tokens that were at hand."""
    settings, model = params.load_all(), Pretrained.load(Path("models/writer.json"))
    prompts = jsonl.read(Path("data/generated") / dataset / seed / "prompts.jsonl", MixPrompt)
    questions: list[Question] = sorted(prompts, key=lambda prompt: prompt.text[: prompt.shared])
    with open_endpoint(model, params.asking()) as endpoint:
        if not isinstance(endpoint, Bundled):
            sys.exit("error: the texts were written by a hosted model; this measures the bundled server")
        both: dict[str, Endpoint] = {"shared": endpoint, "cold": Cold(endpoint.transport, "bundled", 1)}
        sampling = writer.sampling(settings.generate)
        seconds, used = in_turns({name: partial(usage, way, questions, sampling) for name, way in both.items()})
    print(f"{title(model.name)}, {len(questions)} prompts of {dataset}, seed {seed}")
    for name in both:
        last = used[name][-1]
        tokens = {kind: sum(each.get(kind, 0) for each in last) for kind in ("prompt_tokens", "cached_tokens")}
        out = sum(each["completion_tokens"] for each in last)
        print(
            f"{name:6} {spread(seconds[name], ' s')}, {tokens['prompt_tokens']} tokens in,"
            f" {tokens['cached_tokens']} of them at hand, {out} out"
        )
    print(f"with shared beginnings it is {ratios(seconds['cold'], seconds['shared'])} as fast")


if __name__ == "__main__":
    main(*sys.argv[1:3])
