"""The shots and variations of them by small changes of words, until every class has as many as in ``mixed``.

Source: Wei and Zou 2019 (easy data augmentation, EDA, arXiv 1901.11196), which needs no language model. Deviation:
words are replaced by words of the class's texts, not by synonyms: nlpaug and textaugment fetch WordNet when they run,
and ``wn`` 0.0.23, the last package that carries it, has not been maintained since 2020. The faults of the authors' copy
are fixed: texts are counted by class, an empty text does no harm, and the strength is a number of params.yaml.
"""

from collections.abc import Callable, Sequence

import numpy as np

from promptmix.arms.arm import NOTHING_WRITTEN, Arm, Sources
from promptmix.core import seeds
from promptmix.core.records import Example

TRIES = 20  # changes tried for one text before giving up; few words allow few different texts

Words = list[str]
Change = Callable[[Words, Sequence[str], np.random.Generator], Words]


def vary(texts: Sequence[str], count: int, alpha: float, rng: np.random.Generator) -> list[str]:
    """Return up to ``count`` new texts of one class, each from the next of ``texts`` by the next of four operations.

    Args:
        texts: Texts of one class; those without words are skipped.
        count: Texts wanted; fewer are returned where the texts allow no more that differ from each other and from them.
        alpha: Share of a text's words that is changed, at least one word; 0 to 1.
        rng: Source of every draw.
    """
    split = [words for text in texts if (words := text.split())]
    vocabulary = sorted({word for words in split for word in words})
    seen, new = {" ".join(words) for words in split}, list[str]()
    for number in range(count if split else 0):
        words, change = split[number % len(split)], CHANGES[number // len(split) % len(CHANGES)]
        for _ in range(TRIES):
            text = " ".join(_changed(words, change, vocabulary, alpha, rng))
            if text not in seen:
                seen.add(text)
                new.append(text)
                break
            change = CHANGES[int(rng.integers(len(CHANGES)))]
    return new


def replaced(words: Words, vocabulary: Sequence[str], rng: np.random.Generator) -> Words:
    """Replace a word by one of the vocabulary."""
    place = int(rng.integers(len(words)))
    return [*words[:place], str(rng.choice(vocabulary)), *words[place + 1 :]]


def inserted(words: Words, vocabulary: Sequence[str], rng: np.random.Generator) -> Words:
    """Insert a word of the vocabulary anywhere."""
    place = int(rng.integers(len(words) + 1))
    return [*words[:place], str(rng.choice(vocabulary)), *words[place:]]


def swapped(words: Words, vocabulary: Sequence[str], rng: np.random.Generator) -> Words:  # noqa: ARG001  # all changes are called alike
    """Swap two words; a single word stays as it is."""
    if len(words) < 2:
        return words
    one, two = (int(place) for place in rng.choice(len(words), 2, replace=False))
    moved = list(words)
    moved[one], moved[two] = words[two], words[one]
    return moved


def deleted(words: Words, vocabulary: Sequence[str], rng: np.random.Generator) -> Words:  # noqa: ARG001  # all changes are called alike
    """Delete a word, but not the only one."""
    place = int(rng.integers(len(words)))
    return [*words[:place], *words[place + 1 :]] if len(words) > 1 else words


CHANGES: tuple[Change, ...] = (replaced, inserted, swapped, deleted)


def _changed(words: Words, change: Change, vocabulary: Sequence[str], alpha: float, rng: np.random.Generator) -> Words:
    for _ in range(max(1, round(alpha * len(words)))):
        words = change(words, vocabulary, rng)
    return words


def _variations(sources: Sources) -> list[Example]:
    rng = seeds.rng("eda", sources.dataset, sources.seed)
    varied = []
    for label, most in sources.texts_of_mixed().items():
        shots = [shot.text for shot in sources.shots if shot.label == label]
        new = vary(shots, most - len(shots), sources.alpha, rng)
        varied += [Example(id=f"eda/{label}#{n}", text=text, label=label) for n, text in enumerate(new)]
    return varied


def _lacks(sources: Sources, added: Sequence[Example]) -> str | None:
    return None if added else "no shots to vary" if sources.generated else NOTHING_WRITTEN


ARM = Arm(_variations, needs=("generate",), only_shots=True, tops_up=True, lacks=_lacks)
