"""The probabilities of class names as continuations of a prompt, found along the tree of their tokens."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from promptmix.core.records import Completion, Question
from promptmix.labeling.cases import Ask
from promptmix.labeling.names import as_shown, begins_another
from promptmix.labeling.unscored import TRIAL, Row, Unscored, log_sum, require_scores, shown_instead

NEGLIGIBLE = 0.1  # a branch of less probability than this is divided evenly among its names, without another question

IMPOSSIBLE = -1e4  # log-probability; llama.cpp shows -3.4e38 for a probability that its arithmetic rounds to 0

END = re.compile(
    r"[ \t]*[\r\n]|<\|(?:endoftext|end_of_text|im_end|eot_id|eom_id|end|return)\|>|</s>|<eos>|<end_of_turn>"
    r"|<｜end▁of▁sentence｜>"
)
"""What ends a name: the line break behind it in the prompt's examples, or the end of the text, as servers show it."""


class _Node(NamedTuple):
    """A place in the tree of one text's labels."""

    number: int
    """Of the text."""

    question: Question
    names: dict[str, str]
    """What is left of the names that begin with the tokens so far, to label; an empty rest needs its end alone."""

    tokens: tuple[str, ...] = ()
    """Since the name began."""


class _Totals:
    """Log-probabilities of the labels of one text, added up along the tree."""

    def __init__(self, labels: Sequence[str]) -> None:
        # By label: the log-probabilities of the ways in which it is spelled, as far as they have been followed.
        self._spelled: dict[str, dict[tuple[str, ...], float]] = {label: {(): 0.0} for label in labels}
        self._open: dict[str, Unscored] = {}  # labels of which no token was shown

    def add(self, node: _Node, completion: Completion) -> Iterator[_Node]:
        """Add what the tokens behind one node say, and yield the nodes that need a question of their own."""
        if not (branches := _branches(list(node.names), completion.alternatives)).keys() - {""}:
            self._open |= dict.fromkeys(node.names.values(), _unscored(completion))
        before = {label: self._spelled[label].pop(node.tokens) for label in node.names.values()}
        likeliest = max(max(branch.values()) for branch in branches.values())
        for token, branch in branches.items():
            lp = max(branch.values())
            follow = token and len(branch) > 1 and (math.exp(lp) > NEGLIGIBLE or lp == likeliest)
            evenly = math.log(len(branch)) if token and not follow else 0.0
            for name, logprob in branch.items():
                label = node.names[name]
                self._spelled[label][*node.tokens, token] = before[label] + (logprob - evenly)
            if follow:
                question = node.question
                longer = question.model_copy(update={"text": question.text + token, "id": question.id + token})
                rests = {name[len(token) :]: node.names[name] for name in branch}
                yield _Node(node.number, longer, rests, (*node.tokens, token))

    def row(self) -> Row:
        """Return the scores, normalized; none where the likeliest label is one of several that no token tells apart."""
        scores = {label: log_sum(ways.values()) for label, ways in self._spelled.items()}
        best = max(scores, key=lambda label: scores[label])
        if best in self._open:
            return self._open[best]
        total = log_sum(scores.values())
        return {label: score - total for label, score in scores.items()}


def label_scores(
    questions: Sequence[Question], labels: Sequence[Sequence[str]], ask: Ask, *, trial: bool = False
) -> list[Row]:
    """Return the log-probability of each label as the continuation of its question, normalized over the labels.

    Names are followed token by token along the tree of the labels. Where the next token distinguishes a label from all
    others, the rest of the name counts as certain; where several labels share it, the question is sent again with the
    token appended, unless their joint probability is negligible. This is the probability of each name under decoding
    constrained to the labels. It needs no tokenizer, only an endpoint that returns its most probable next tokens.

    Raises:
        NothingScored: with ``trial``, (almost) none of the first questions is answered by tokens of its labels.
    """
    rows = [_Totals(some) for some in labels]

    def answered(some: Sequence[_Node]) -> list[_Node]:
        pairs = zip(some, ask([node.question for node in some]), strict=True)
        return [deeper for node, completion in pairs for deeper in rows[node.number].add(node, completion)]

    names = [{f" {name}": label for label, name in as_shown(some).items()} for some in labels]
    nodes = [_Node(n, question, names[n]) for n, question in enumerate(questions)]
    if trial and nodes:
        deeper = answered(nodes[:TRIAL])
        require_scores([totals.row() for totals in rows[:TRIAL]])
        nodes = deeper + (answered(nodes[TRIAL:]) if nodes[TRIAL:] else [])
    while nodes:
        nodes = answered(nodes)
    return [totals.row() for totals in rows]


def _unscored(completion: Completion) -> Unscored:
    if completion.finish == "refused":
        return Unscored("refused", completion.reason or "refused")
    return Unscored("unscored", shown_instead(completion.alternatives))


def _branches(names: Sequence[str], shown: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Group names by their most probable next token: token -> name -> log-probability, normalized.

    A name that begins another one, or that another one begins, comes under every token that it goes on with, as one of
    them may be the other name. Names that go on with none of the tokens shown come under the empty token, a nat below
    the least probable one.
    """
    shown = {token: lp for token, lp in shown.items() if lp > IMPOSSIBLE}
    floor = min(shown.values(), default=0.0) - 1.0
    branches: dict[str, dict[str, float]] = {}
    for name in names:
        fits = {token: lp for token, lp in shown.items() if _fits(token, name)}
        if not fits:
            fits = {"": floor}
        elif not name:  # all tokens that end it are alike, and the empty one means that there is none
            fits = {"\n": log_sum(fits.values())}
        elif not begins_another(name, names):  # the other tokens are ways to spell it that a model hardly ever takes
            likeliest = max(fits, key=lambda token: (fits[token], len(token)))
            fits = {likeliest: fits[likeliest]}
        for token, logprob in fits.items():
            branches.setdefault(token, {})[name] = logprob
    return _normalized_branches(branches)


def _fits(token: str, name: str) -> bool:
    """Whether a name goes on with this token, or ends within it; some servers show the end of the text as nothing."""
    if len(token) > len(name):
        return token.startswith(name) and END.match(token, len(name)) is not None
    return name.startswith(token) and (token != "" or name == "")


def _normalized_branches(branches: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Normalize over all branches: a token counts once, however many names share it; names without one count each."""
    logs: list[float] = []
    for token, branch in branches.items():
        of_names = list(branch.values())
        logs += of_names[:1] if token else of_names
    total = log_sum(logs)
    return {token: {name: lp - total for name, lp in branch.items()} for token, branch in branches.items()}
