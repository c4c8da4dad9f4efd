"""The shots and the generated texts whose target relabeling confirmed."""

from collections.abc import Sequence

from promptmix.arms.arm import NOTHING_WRITTEN, Arm, Sources, as_example
from promptmix.core.records import Example


def _confirmed(sources: Sources) -> list[Example]:
    return [as_example(text, text.given) for text in sources.relabeled if text.confirmed]


def _lacks(sources: Sources, added: Sequence[Example]) -> str | None:
    return None if added else "relabeling confirmed no text" if sources.generated else NOTHING_WRITTEN


ARM = Arm(_confirmed, needs=("generate", "relabel"), lacks=_lacks)
