"""The probabilities of class names in a reply of a chat, read off the tokens that were possible at its steps."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from promptmix.core.records import Completion, Step
from promptmix.labeling.names import Fold, is_word, mentions, strongest
from promptmix.labeling.unscored import Row, Unscored, log_sum, shown_instead

JUNK = " \t\r\n\"'`*_#>([{“”‘’«»「『"  # what a model may put before a name
SEPARATORS = str.maketrans("_-", "  ")
UNSEEN = -10.0  # log-probability of a longer name where the reply ended with a shorter one and showed nothing there


class _Step(NamedTuple):
    """One token of the reply as it goes on with a name, and what else was possible there: token to log-probability."""

    token: str
    shown: dict[str, float]


def reply_scores(completion: Completion, labels: Sequence[str]) -> Row:
    """Return the log-probability of each label, normalized over the labels.

    The reply is followed from where it begins to name a candidate. At every step the candidates that go on with another
    token than the reply get the probability of their token there; one that several of them share is divided evenly. One
    that none of the tokens shown goes on with is a nat below the least probable token.
    """
    if completion.finish == "refused":
        return Unscored("refused", completion.reason or "refused")
    if not any(step.alternatives for step in completion.steps):
        return Unscored("unscored", shown_instead({}))
    fold = strongest((_spaced, str.casefold, str), labels)
    steps = _from_name(completion, [fold(label) for label in labels], fold)
    scores = _followed(steps, {label: fold(label) for label in labels}) if steps else None
    return scores or Unscored("unscored", repr(completion.text[:60]))


def _from_name(completion: Completion, names: Sequence[str], fold: Fold) -> list[_Step]:
    """Return the steps from the first name on, without what precedes it in its first token; empty without a name."""
    tokens = [fold(step.token) for step in completion.steps]
    text = "".join(tokens)
    answer = max(text.rfind(fold(completion.text.strip())), 0)  # what precedes it are thoughts
    found = [at for at, _ in mentions(text, dict.fromkeys(names, "")) if at >= answer]
    found += _cut_off(text, answer, names) if completion.finish == "length" else []
    if not found:
        return []
    ends = list(accumulate(map(len, tokens)))
    number = bisect_right(ends, found[0])
    before = tokens[number][: found[0] - ends[number] + len(tokens[number])]
    first, *rest = completion.steps[number:]
    begins = _Step(tokens[number].removeprefix(before), _folded(first, lambda token: _bare(fold(token), before, names)))
    return [begins, *(_Step(fold(step.token), _folded(step, fold)) for step in rest)]


def _cut_off(text: str, start: int, names: Sequence[str]) -> list[int]:
    """Return where the end of a text begins a name."""
    places = (at for at in range(start, len(text)) if at == 0 or not is_word(text[at - 1]) or not is_word(text[at]))
    return [at for at in places if any(name.startswith(text[at:]) for name in names)][:1]


def _folded(step: Step, fold: Fold) -> dict[str, float]:
    """Return what was shown at a step, each folded token once, and the token of the reply."""
    shown: dict[str, float] = {}
    for token, lp in {step.token: max(step.alternatives.values(), default=0.0), **step.alternatives}.items():
        shown[fold(token)] = log_sum([lp, shown[fold(token)]]) if fold(token) in shown else lp
    return shown


def _bare(token: str, before: str, names: Sequence[str]) -> str:
    """Leave out what precedes a name in its first token."""
    if before and token.startswith(before):
        return token.removeprefix(before)
    begins = any(token and (name.startswith(token) or token.startswith(name)) for name in names)
    return token if begins else token.lstrip(JUNK)


def _followed(steps: Sequence[_Step], names: Mapping[str, str]) -> dict[str, float] | None:
    """Follow the reply along names (label to name); None where it ends before it tells the likeliest ones apart."""
    scores, group = dict.fromkeys(names, 0.0), dict(names)
    for step in steps:
        if len(group) <= 1:
            break
        shares = _shares(step, group)
        on = _going_on(step.token, group)
        for label, lp in shares.items():
            scores[label] += lp
        group = {label: group[label][len(step.token) :] for label in on}
    ended = [label for label, rest in group.items() if not rest]
    if len(group) > 1:
        for label in group:
            scores[label] += (0.0 if label in ended else UNSEEN) if ended else -math.log(len(group))
    best = max(scores, key=lambda label: scores[label])
    if best in group and len(group) > 1 and not ended:
        return None
    total = log_sum(scores.values())
    return {label: score - total for label, score in scores.items()}


def _shares(step: _Step, group: Mapping[str, str]) -> dict[str, float]:
    """Return the log-probability of each name at a step, normalized; those that go on with the reply share theirs."""
    on = _going_on(step.token, group)
    together, logs = list[float](), dict[str, list[float]]()
    for token, lp in step.shown.items():
        fits = _going_on(token, group)
        for label in fits:
            (together if label in on else logs.setdefault(label, [])).append(lp - math.log(len(fits)))
    floor = min(step.shown.values()) - 1.0
    off = {label: log_sum(logs.get(label, [floor])) for label in group if label not in on}
    shared = [log_sum(together)] if together else []
    total = log_sum([*shared, *off.values()])
    return {label: (off[label] if label in off else shared[0]) - total for label in group}


def _going_on(token: str, group: Mapping[str, str]) -> list[str]:
    """Return the labels whose names go on with this token; else those that end where it begins, or within it.

    Some servers show the end of the reply as an empty token.
    """
    going_on = [label for label, rest in group.items() if token and rest.startswith(token)]
    return going_on or [label for label, rest in group.items() if token.startswith(rest) and _ends(token[len(rest) :])]


def _ends(text: str) -> bool:
    return not text or not is_word(text[0])


def _spaced(text: str) -> str:
    return text.casefold().translate(SEPARATORS)
