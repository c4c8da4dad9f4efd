"""What a released classifier is trained on and measured with: every text once, and no test text in training."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from promptmix.core import jsonl
from promptmix.core.records import Example, Prediction, folded, is_gold


class Materials(NamedTuple):
    """All that is known of one data set."""

    labeled: Sequence[Example]
    """Labeled rows, without those of the test split."""

    added: Sequence[Example]
    """What the language model wrote or labeled, of all seeds; texts may be there several times."""

    test: Sequence[Example]
    taught: Sequence[Prediction]
    """Labels of the language model for test texts, of all seeds."""

    def training(self) -> list[Example]:
        """Return the labeled rows, then the added texts, each once, under the label that most seeds gave it.

        A text of the test split is left out, and one that is also a labeled row keeps that row's label.
        """
        known = {folded(each.text) for each in self.test}
        gold = _first(self.labeled, known)
        votes: dict[str, list[Example]] = {}
        for each in self.added:
            if (text := folded(each.text)) not in known and text not in gold and not _is_labeled_row(each):
                votes.setdefault(text, []).append(each)
        return [*gold.values(), *(_commonest(each) for each in votes.values())]

    def labels_of_language_model(self) -> list[tuple[str, str]]:
        """Return test texts with the language model's label, each once; of several seeds' the commonest."""
        texts = {each.id: each.text for each in self.test}
        votes: dict[str, Counter[str]] = {}
        for each in self.taught:
            if each.id in texts and each.predicted is not None:
                votes.setdefault(texts[each.id], Counter())[each.predicted] += 1
        return [(text, count.most_common(1)[0][0]) for text, count in votes.items()]


def read_materials(compiled: Path, train: Path, predictions: Path, arm: str, seeds: Sequence[int]) -> Materials:
    """Read them from the folders of one data set.

    Args:
        compiled: With ``train.jsonl``, ``validation.jsonl`` and ``test.jsonl``.
        train: With a folder for each seed, and a file for each arm in it.
        predictions: With a folder for each seed; the teacher's labels of test texts are in it, where there are any.
        arm: Whose files of all seeds are added.
        seeds: All of them.
    """
    labeled = [each for split in ("train", "validation") for each in jsonl.read(compiled / f"{split}.jsonl", Example)]
    taught = [predictions / str(seed) / "teacher" / "test.jsonl" for seed in seeds]
    return Materials(
        labeled=labeled,
        added=[each for seed in seeds for each in jsonl.read(train / str(seed) / f"{arm}.jsonl", Example)],
        test=jsonl.read(compiled / "test.jsonl", Example),
        taught=[each for path in taught if path.is_file() for each in jsonl.read(path, Prediction)],
    )


def origin(example: Example) -> str:
    """Return where a training text is from, as classifier.json counts them."""
    if is_pool_text(example):
        return "texts of the pool, labeled by the language model"
    return "labeled rows" if is_gold(example.id) else "texts written by the language model"


def is_pool_text(example: Example) -> bool:
    """Tell whether a text came without a label: its id is ``DATASET/unlabeled/NUMBER``."""
    return is_gold(example.id) and "/unlabeled/" in example.id


def _is_labeled_row(example: Example) -> bool:
    return is_gold(example.id) and not is_pool_text(example)


def _first(examples: Iterable[Example], known: set[str]) -> dict[str, Example]:
    found: dict[str, Example] = {}
    for each in examples:
        if (text := folded(each.text)) not in known:
            found.setdefault(text, each)
    return found


def _commonest(examples: Sequence[Example]) -> Example:
    label, _ = Counter(each.label for each in examples).most_common(1)[0]
    return next(each for each in examples if each.label == label)
