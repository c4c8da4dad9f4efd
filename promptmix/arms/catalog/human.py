"""The shots and more gold texts, until every class has as many as in ``mixed``: an upper bound."""

from collections.abc import Sequence

from promptmix.arms.arm import NOTHING_WRITTEN, Arm, Sources
from promptmix.core import seeds
from promptmix.core.records import Example


def _more_gold(sources: Sources) -> list[Example]:
    rng = seeds.rng("human", sources.dataset, sources.seed)
    have = {shot.id for shot in sources.shots}
    drawn = set[str]()
    for label, most in sources.texts_of_mixed().items():
        ids = [example.id for example in sources.train if example.label == label and example.id not in have]
        count = min(len(ids), most - sum(shot.label == label for shot in sources.shots))
        drawn |= {str(id) for id in rng.choice(ids, count, replace=False)} if count else set()
    return [example for example in sources.train if example.id in drawn]


def _lacks(sources: Sources, added: Sequence[Example]) -> str | None:
    return None if added else "no more real texts" if sources.generated else NOTHING_WRITTEN


ARM = Arm(_more_gold, needs=("generate",), tops_up=True, lacks=_lacks, note="as many real texts")
