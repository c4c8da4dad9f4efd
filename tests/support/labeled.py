"""Four classes in four directions, and texts to label with them."""

from promptmix.core.records import ClassInfo, Example
from promptmix.labeling.cases import Case

CLASSES = [ClassInfo(label=label, description=f"what is {label}") for label in ("late", "lost_parcel", "wet", "torn")]
COMPASS = {"late": 0.0, "lost parcel": 90.0, "wet": 180.0, "torn": 270.0}
SHOT = Example(id="d/train/00000", text="no shot yet", label="late")
LABELS = ("late", "lost_parcel", "wet")


def case(text: str = "where is it", labels: tuple[str, ...] = LABELS) -> Case:
    return Case(f"id {text}", text, tuple(c for c in CLASSES if c.label in labels))
