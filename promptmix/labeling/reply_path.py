"""The probabilities of class names in a reply of a chat, read off the tokens that were possible at its steps."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from promptmix.core.records import Completion, Step
from promptmix.labeling.names import Fold, as_shown, begins_another, is_word, mentions, strongest
from promptmix.labeling.unscored import Row, Unscored, log_sum, shown_instead

JUNK = " \t\r\n\"'`*_#>([{“”‘’«»「『"  # what a model may put before a name
SEPARATORS = str.maketrans("_-", "  ")
UNSEEN = -10.0  # log-probability of a longer name where the reply ended with a shorter one and showed nothing there


class _Step(NamedTuple):
    """One token of the reply as it goes on with a name, and what else was possible there: token to log-probability."""

    token: str
    shown: dict[str, float]


def reply_scores(completion: Completion, labels: Sequence[str]) -> Row:
    """Return the log-probability of each label, normalized over the labels; a reply that names two has none.

    The reply is followed from where it begins to name a candidate. At every step the candidates that go on with another
    token than the reply get the probability of their token there; one that several of them share is divided evenly. One
    that none of the tokens shown goes on with is a nat below the least probable token.
    """
    if completion.finish == "refused":
        return Unscored("refused", completion.reason or "refused")
    if not any(step.alternatives for step in completion.steps):
        return Unscored("unscored", shown_instead({}))
    shown = as_shown(labels)
    fold = strongest((_spaced, str.casefold, str), list(shown.values()))
    names = {label: fold(name) for label, name in shown.items()}
    steps = _from_name(completion, list(names.values()), fold)
    scores = _followed(steps, names) if steps else None
    return scores or Unscored("unscored", repr(completion.text[:60]))


def _from_name(completion: Completion, names: Sequence[str], fold: Fold) -> list[_Step]:
    """Return the steps from the name on, without what precedes it in its first token; none without one name."""
    tokens = [fold(step.token) for step in completion.steps]
    text = "".join(tokens)
    answer = max(text.rfind(fold(completion.text.strip())), 0)  # what precedes it are thoughts
    named = [(at, name) for at, name in mentions(text, {name: name for name in names}) if at >= answer]
    found = [at for at, _ in named]
    found += _cut_off(text, answer, names) if completion.finish == "length" else []
    if not found or len({name for _, name in named}) > 1:
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
    so_far, group = 0.0, dict(names)  # so_far: of the reply
    spelled: dict[str, list[float]] = {label: [] for label in names}
    for step in steps:
        if len(group) <= 1:
            break
        together, apart = _shares(step, group)
        for label, lp in apart.items():
            spelled[label].append(so_far + lp)
        so_far += together
        group = {label: group[label][len(step.token) :] for label in _going_on(step.token, group)}
    ended = [label for label, rest in group.items() if not rest]
    for label in group:
        evenly = -math.log(len(group))
        spelled[label].append(so_far + ((0.0 if label in ended else UNSEEN) if ended else evenly))
    scores = {label: log_sum(ways) for label, ways in spelled.items()}
    best = max(scores, key=lambda label: scores[label])
    if best in group and len(group) > 1 and not ended:
        return None
    total = log_sum(scores.values())
    return {label: score - total for label, score in scores.items()}


def _shares(step: _Step, group: Mapping[str, str]) -> tuple[float, dict[str, float]]:
    """Return log-probabilities at a step, normalized: of all names that go on with the reply, and of others by label.

    Where names begin one another, a token that only some of the names on the reply's path go on with counts for these
    alone: it is another way to go on than the reply's.
    """
    on, nested = _going_on(step.token, group), any(begins_another(rest, group.values()) for rest in group.values())
    with_reply, logs = list[float](), dict[str, list[float]]()
    for token, lp in step.shown.items():
        fits = _going_on(token, group)
        if nested and token != step.token:
            fits = _without_longer(token, fits, step, group)
        path = set() if nested and set(fits) < set(on) else set(on)
        for label in fits:
            (with_reply if label in path else logs.setdefault(label, [])).append(lp - math.log(len(fits)))
    floor = min(step.shown.values()) - 1.0
    apart = {label: log_sum(logs.get(label, [floor])) for label in group if label not in on or label in logs}
    together = [log_sum(with_reply)] if with_reply else []
    total = log_sum([*together, *apart.values()])
    return (together[0] - total if together else 0.0), {label: lp - total for label, lp in apart.items()}


def _without_longer(token: str, fits: list[str], step: _Step, group: Mapping[str, str]) -> list[str]:
    """Leave out names that a longer one of the tokens shown goes on with, unless that is true of all."""
    longer = [each for each in step.shown if len(each) > len(token) and each.startswith(token)]
    return [label for label in fits if not any(label in _going_on(each, group) for each in longer)] or fits


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
