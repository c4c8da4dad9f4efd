"""Class names as the language model says them: names found in answers, and names scored as continuations."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from promptmix.core.errors import LLMError
from promptmix.core.records import Completion, Question

Ask = Callable[[Sequence[Question]], Sequence[Completion]]

NEGLIGIBLE = 0.1  # a branch of the label tree with less probability than this is shared out evenly, not asked again


def named(reply: str, labels: Sequence[str]) -> str | None:
    """Return the one label that a reply names, by whole words and regardless of case, spaces, hyphens and underscores.

    A label inside a longer one that is also named ("refund" in "refund_not_showing_up") does not count; a reply that
    still names two labels, or none, names nothing. Labels that differ in punctuation alone ("C", "C++") are told apart
    only where the reply is nothing but the label.
    """
    for label in labels:
        if reply.strip().casefold() == label.casefold():
            return label
    plain = {label: _plain(label) for label in labels}
    words, found = f" {_plain(reply)} ", []
    for name in sorted({*plain.values()} - {""}, key=lambda name: (-len(name), name)):
        if f" {name} " in words:
            found += [label for label in labels if plain[label] == name]
            words = re.sub(f"(?<= ){name}(?= )", "|", words)
    return found[0] if len(found) == 1 else None


def said(reply: str) -> str:
    """Return what a reply says: its ``choice`` where it is such JSON, else its first line that is not blank."""
    if reply.lstrip().startswith("{"):
        with suppress(ValueError, KeyError):
            return str(json.loads(reply)["choice"])
    return next((line.strip() for line in reply.splitlines() if line.strip()), "")


def scores(questions: Sequence[Question], labels: Sequence[Sequence[str]], ask: Ask) -> list[dict[str, float]]:
    """Return the log-probability of each label as the continuation of its question, normalised over the labels.

    Names are followed token by token along the tree of the labels: where the next token tells a label from all others,
    the rest of the name is taken for granted, and where several share it, the question is asked again with the token
    behind it, unless their probability together is negligible. This is the probability of each name under decoding
    that is constrained to the labels; it needs no tokenizer, only an endpoint that shows its most probable next tokens.

    Raises:
        LLMError: the endpoint shows no next tokens.
    """
    totals = [dict.fromkeys(some, 0.0) for some in labels]
    # A newline ends every name, so that a name that begins another one can be told from it.
    open_names = [(n, question, {f" {label}\n": label for label in labels[n]}) for n, question in enumerate(questions)]
    while open_names:
        completions = ask([question for _, question, _ in open_names])
        deeper = []
        for (n, question, names), completion in zip(open_names, completions, strict=True):
            for token, branch in _branches(list(names), completion).items():
                follow = token and len(branch) > 1 and math.exp(max(branch.values())) > NEGLIGIBLE
                evenly = math.log(len(branch)) if token and not follow else 0.0
                for name, logprob in branch.items():
                    totals[n][names[name]] += logprob - evenly
                if follow:
                    behind = question.model_copy(update={"text": question.text + token, "id": question.id + token})
                    deeper.append((n, behind, {name[len(token) :]: names[name] for name in branch}))
        open_names = deeper
    return [_normalized(row) for row in totals]


def softmax(scores: Mapping[str, float]) -> dict[str, float]:
    """Return probabilities of log-scores, rounded to 6 places so that they are equal where files are compared."""
    top = max(scores.values())
    weights = {label: math.exp(score - top) for label, score in scores.items()}
    total = sum(weights.values())
    return {label: round(weight / total, 6) for label, weight in weights.items()}


def _branches(names: Sequence[str], completion: Completion) -> dict[str, dict[str, float]]:
    """Group names by the next token each most probably goes on with: token -> name -> log-probability, normalised.

    Names that go on with none of the tokens shown stand under the empty token, a nat below the least probable one.
    """
    if not completion.alternatives:
        raise LLMError(f"{completion.model} shows no log-probabilities of its tokens; use relabel.method: answer")
    floor = min(completion.alternatives.values()) - 1.0
    branches: dict[str, dict[str, float]] = {}
    for name in names:
        fits = {token: lp for token, lp in completion.alternatives.items() if token and name.startswith(token)}
        token = max(fits, key=lambda token: (fits[token], len(token))) if fits else ""
        branches.setdefault(token, {})[name] = fits.get(token, floor)
    return _shared_once(branches)


def _shared_once(branches: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Normalise over branches, counting a token that several names share once."""
    mass = [
        lp for token, branch in branches.items() for lp in (branch.values() if not token else [*branch.values()][:1])
    ]
    total = _log_sum(mass)
    return {token: {name: lp - total for name, lp in branch.items()} for token, branch in branches.items()}


def _normalized(row: Mapping[str, float]) -> dict[str, float]:
    total = _log_sum(row.values())
    return {label: score - total for label, score in row.items()}


def _log_sum(logs: Iterable[float]) -> float:
    """Return the logarithm of a sum of probabilities; some servers show -1e38 for a token, whose exponential is 0."""
    logs = list(logs)
    top = max(logs)
    return top + math.log(sum(math.exp(log - top) for log in logs))


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w]|_", " ", text.casefold()).split())
