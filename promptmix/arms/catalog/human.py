"""The shots and more gold texts, until every class has as many as in ``mixed``: an upper bound."""

from promptmix.arms.arm import Arm, Sources
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


ARM = Arm(_more_gold, needs=("generate",), tops_up=True, note="as many real texts")
