"""The shots and texts that were generated for one class each."""

from promptmix.arms.arm import Arm, Sources, as_example
from promptmix.core.records import Example


def _unmixed(sources: Sources) -> list[Example]:
    return [as_example(text, text.target) for text in sources.contrast]


ARM = Arm(_unmixed, needs=("contrast",))
