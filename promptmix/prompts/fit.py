"""Prompts that fit into a model's context: what is too long is cut evenly, before anything is asked."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from promptmix.core.errors import LLMError
from promptmix.core.records import ClassInfo, DataInfo, Example
from promptmix.prompts import render
from promptmix.prompts.render import RenderedPrompt

Fits = Callable[[str], bool]
"""Tells whether a prompt and its answer fit into the context."""

LENGTHS = (6000, 4000, 3000, 2000, 1500, 1000, 750, 500, 350, 250)  # characters of a shot, tried in this order
KINDS = {
    "shots": "with shorter examples",
    "fewer": "with fewer examples",
    "text": "with a shorter text",
    "none": "without examples",
}
SHORTEST = LENGTHS[-1]  # a text is cut to no less, unless no shot is shown


class Fitter:
    """Renders prompts as :mod:`promptmix.prompts.render` does, cut where they would not fit; counts what was cut.

    First all shots are shortened alike, then fewer of every class are shown, then the text itself is shortened; at last
    no shot is shown. What a prompt becomes depends on nothing but the prompt, so neighbors often share their shots.
    """

    def __init__(self, fits: Fits = lambda _: True, info: DataInfo | None = None) -> None:
        """Remember what fits, by default everything, and what every prompt says of the texts, by default nothing."""
        self._fits, self._info = fits, info or render.NOTHING
        self._cut: Counter[str] = Counter()

    def mix(
        self,
        variant: str,
        classes: Sequence[ClassInfo],
        shots: Sequence[Example],
        target: str,
        other: str | None,
        target_share: float,
        count: int,
        style: str = "",
    ) -> RenderedPrompt:
        """Ask for texts, as :func:`promptmix.prompts.render.mix`.

        Raises:
            LLMError: the prompt does not fit without any shot.
        """

        def rendered(some: Sequence[Example], _: str) -> RenderedPrompt:
            return render.mix(variant, classes, some, target, other, target_share, count, style, self._info)

        return self._fitted(rendered, [shot for shot in shots if shot.label in {c.label for c in classes}], "")

    def classify(
        self, template: str, candidates: Sequence[ClassInfo], shots: Sequence[Example], text: str
    ) -> RenderedPrompt:
        """Ask which class a text belongs to, as :func:`promptmix.prompts.render.classify`; raises as :meth:`mix`."""

        def rendered(some: Sequence[Example], shown: str) -> RenderedPrompt:
            return render.classify(template, candidates, some, shown, self._info)

        return self._fitted(rendered, [shot for shot in shots if shot.label in {c.label for c in candidates}], text)

    def draft_description(self, classes: Sequence[ClassInfo], shots: Sequence[Example], target: str) -> RenderedPrompt:
        """Ask for a description, as :func:`promptmix.prompts.render.draft_description`; raises as :meth:`mix`."""

        def rendered(some: Sequence[Example], _: str) -> RenderedPrompt:
            return render.draft_description(classes, some, target, self._info)

        return self._fitted(rendered, shots, "")

    def describe(self) -> str:
        """Say in one line what was cut; empty where nothing was."""
        if not self._cut:
            return ""
        kinds = ", ".join(f"{self._cut[kind]} sent {words}" for kind, words in KINDS.items() if self._cut[kind])
        return f"prompts that were too long for llm.context: {kinds}; raise llm.context, or shorten the texts"

    def _fitted(
        self, rendered: Callable[[Sequence[Example], str], RenderedPrompt], shots: Sequence[Example], text: str
    ) -> RenderedPrompt:
        if self._fits((whole := rendered(shots, text)).text):
            return whole
        for kind, some in _ladder(shots):
            if self._fits((prompt := rendered(some, text)).text):
                self._cut[kind] += 1
                return prompt
        # One short shot of every class, then none: a text shown alone may be as long as the context.
        for some, shortest in (_first(_shortened(shots, SHORTEST), 1), SHORTEST), ([], 1):
            length = _longest(shortest, len(text), partial(self._fits_cut, rendered, some, text))
            if length is not None:
                self._cut["text" if length < len(text) else "none"] += 1
                return rendered(some, shortened(text, length))
        raise LLMError(
            "a prompt does not fit into llm.context even without examples:"
            f" {render.one_line(whole.text)[:60]!r} …; raise llm.context, or lower the longest answer (max_tokens),"
            " the number of classes in a prompt or the length of their descriptions"
        )

    def _fits_cut(
        self,
        rendered: Callable[[Sequence[Example], str], RenderedPrompt],
        shots: Sequence[Example],
        text: str,
        length: int,
    ) -> bool:
        return self._fits(rendered(shots, shortened(text, length)).text)


def shortened(text: str, length: int) -> str:
    """Return the first ``length`` characters of a text at most, cut between words where there are some, then "…"."""
    if len(text) <= length:
        return text
    end = max(length - 1, 0)
    space = text.rfind(" ", max(end - 30, 0), end + 1)
    if space > 0:
        end = space
    while end > 0 and _joined(text[end - 1], text[end]):
        end -= 1
    return text[:end].rstrip() + "…"


def _ladder(shots: Sequence[Example]) -> Iterator[tuple[str, list[Example]]]:
    """Yield ever less of the shots, and what was done: ``shots`` for shorter ones, ``fewer`` for fewer of a class."""
    longest = max((len(shot.text) for shot in shots), default=0)
    for length in LENGTHS:
        if length < longest:
            yield "shots", _shortened(shots, length)
    for count in range(max(Counter(shot.label for shot in shots).values(), default=0) - 1, 0, -1):
        yield "fewer", _first(_shortened(shots, SHORTEST), count)


def _shortened(shots: Sequence[Example], length: int) -> list[Example]:
    return [shot.model_copy(update={"text": shortened(shot.text, length)}) for shot in shots]


def _first(shots: Sequence[Example], count: int) -> list[Example]:
    """Return the first ``count`` shots of every class, in the order of the shots."""
    seen: Counter[str] = Counter()
    kept = []
    for shot in shots:
        seen[shot.label] += 1
        if seen[shot.label] <= count:
            kept.append(shot)
    return kept


def _longest(low: int, high: int, fits: Callable[[int], bool]) -> int | None:
    """Return the greatest length from ``low`` to ``high`` that fits; None where not even the least does."""
    low = min(low, high)
    if not fits(low):
        return None
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _joined(left: str, right: str) -> bool:
    """Whether two characters are parts of one that a person sees: a mark, a joiner or a modifier is the second."""
    return unicodedata.category(right) in ("Mn", "Mc", "Me") or "\u200d" in (left, right) or "🏻" <= right <= "🏿"
