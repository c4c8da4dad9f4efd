"""The shots and the generated texts under their new label, without those that have none: the paper's A2."""

from collections.abc import Sequence

from promptmix.arms.arm import NOTHING_WRITTEN, Arm, Sources, as_example
from promptmix.core.records import Example


def _under_new_label(sources: Sources) -> list[Example]:
    return [as_example(text, text.label) for text in sources.relabeled if text.label]


def _lacks(sources: Sources, added: Sequence[Example]) -> str | None:
    if not sources.generated:
        return NOTHING_WRITTEN
    if not added:
        return "relabeling left no text"
    if all(text.matched in ("kept", "none") for text in sources.relabeled):
        return "relabeling named no class"
    return None


ARM = Arm(_under_new_label, needs=("generate", "relabel"), lacks=_lacks)
