"""The probabilities of class names as continuations of a prompt, found along the tree of their tokens."""

import math
from collections.abc import Iterable, Mapping, Sequence

from promptmix.core.errors import LLMError
from promptmix.core.records import Completion, Question
from promptmix.labeling.cases import Ask

NEGLIGIBLE = 0.1  # a branch of less probability than this is divided evenly among its names, without another question


def label_scores(questions: Sequence[Question], labels: Sequence[Sequence[str]], ask: Ask) -> list[dict[str, float]]:
    """Return the log-probability of each label as the continuation of its question, normalized over the labels.

    Names are followed token by token along the tree of the labels. Where the next token distinguishes a label from all
    others, the rest of the name counts as certain; where several labels share it, the question is sent again with the
    token appended, unless their joint probability is negligible. This is the probability of each name under decoding
    constrained to the labels. It needs no tokenizer, only an endpoint that returns its most probable next tokens.

    Raises:
        LLMError: the endpoint returns no next tokens.
    """
    totals = [dict.fromkeys(some, 0.0) for some in labels]
    # A newline ends every name, so that a name is not taken for a longer one that begins with it.
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
                    longer = question.model_copy(update={"text": question.text + token, "id": question.id + token})
                    deeper.append((n, longer, {name[len(token) :]: names[name] for name in branch}))
        open_names = deeper
    return [_normalized(row) for row in totals]


def _branches(names: Sequence[str], completion: Completion) -> dict[str, dict[str, float]]:
    """Group names by their most probable next token: token -> name -> log-probability, normalized.

    Names that continue with none of the returned tokens come under the empty token, a nat below the least probable one.
    """
    if not completion.alternatives:
        raise LLMError(f"{completion.model} shows no log-probabilities of its tokens; use relabel.method: answer")
    floor = min(completion.alternatives.values()) - 1.0
    branches: dict[str, dict[str, float]] = {}
    for name in names:
        fits = {token: lp for token, lp in completion.alternatives.items() if token and name.startswith(token)}
        token = max(fits, key=lambda token: (fits[token], len(token))) if fits else ""
        branches.setdefault(token, {})[name] = fits.get(token, floor)
    return _normalized_branches(branches)


def _normalized_branches(branches: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Normalize over all branches: a token counts once, however many names share it; names without one count each."""
    logs: list[float] = []
    for token, branch in branches.items():
        of_names = list(branch.values())
        logs += of_names[:1] if token else of_names
    total = _log_sum(logs)
    return {token: {name: lp - total for name, lp in branch.items()} for token, branch in branches.items()}


def _normalized(row: Mapping[str, float]) -> dict[str, float]:
    total = _log_sum(row.values())
    return {label: score - total for label, score in row.items()}


def _log_sum(logs: Iterable[float]) -> float:
    """Return the logarithm of a sum of probabilities; some servers show -1e38 for a token, whose exponential is 0."""
    logs = list(logs)
    top = max(logs)
    return top + math.log(sum(math.exp(log - top) for log in logs))
