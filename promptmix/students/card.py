"""The model card of a student: what it is, what it learned from, how to use it."""

from collections import Counter
from collections.abc import Sequence

from promptmix.core.records import Example
from promptmix.models.pretrained import title
from promptmix.students import KINDS
from promptmix.students.kind import Student

CARD = """---
library_name: {library}
pipeline_tag: text-classification
base_model: {backbone}
---
# A text classifier distilled by PromptMix: {arm}

{backbone_title}, {description}, on {n} texts ({counts}).
Some of the texts and labels may come from a language model; check it on your own data before use.

```python
{usage}
```
"""


def write_card(student: Student, examples: Sequence[Example], arm: str) -> None:
    """Write the card of a student that was trained on the examples of an arm to its folder."""
    settings, kind = student.settings, KINDS[student.settings.student]
    counts = ", ".join(f"{label}: {n}" for label, n in sorted(Counter(e.label for e in examples).items()))
    card = CARD.format(
        library=kind.library,
        arm=arm,
        backbone=student.backbone.name,
        backbone_title=title(student.backbone.name),
        description=kind.description,
        n=len(examples),
        counts=counts or "none: untrained, it guesses",
        usage=kind.usage.format(backbone=student.backbone.name, max_tokens=settings.max_tokens),
    )
    (student.folder / "README.md").write_text(card, encoding="utf-8", newline="\n")
