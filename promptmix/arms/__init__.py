"""What students are trained on: an arm is a training file, made as one file of promptmix/arms/catalog says."""

from collections.abc import Iterable

from promptmix.arms.arm import Arm, AskingStage
from promptmix.core.registry import Registry

ARMS: Registry[Arm] = Registry("promptmix.arms.catalog", "ARM")
"""All arms by name, the file's; a new arm is a new file there and nothing else."""


def need(stage: AskingStage, arms: Iterable[str]) -> bool:
    """Tell whether one of these arms cannot be put together without what a stage asks of the language model."""
    return any(stage in ARMS[arm].needs for arm in arms)
