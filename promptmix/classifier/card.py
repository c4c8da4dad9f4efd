"""README.md of a released classifier: a model card as the Hugging Face hub reads it, with code that runs."""

import json

from promptmix.classifier.bundle import Bundle

CARD = """---
{metadata}
---
<!-- Add the line `license:` to the block above before you publish this: only you know it. -->
# {name}

Sorts texts into {count} classes: {labels}. {backbone}, {description}, with PromptMix.
A text is cut after {max_tokens} tokens.

## Use it

```
promptmix predict . texts.csv -o labels.csv
```

Or with `onnxruntime`, `tokenizers` and `numpy` alone:

```python
import json
import numpy as np
from onnxruntime import InferenceSession
from tokenizers import Tokenizer
about = json.load(open("classifier.json", encoding="utf-8"))
tokenizer = Tokenizer.from_file("tokenizer.json")  # it cuts
tokenizer.enable_padding(pad_id=about["pad_id"])
rows = tokenizer.encode_batch(["a text"])
inputs = {{"input_ids": [r.ids for r in rows], "attention_mask": [r.attention_mask for r in rows]}}
(probabilities,) = InferenceSession("model.onnx").run(None, {{k: np.array(v, np.int64) for k, v in inputs.items()}})
print([about["labels"][row.argmax()] for row in probabilities])
```

`model.int8.onnx` is smaller. It gives another label now and then, and its probabilities may depend a little on which
texts are in a batch.

## What it was made of

{made_of}

Some of the texts and labels come from a language model; check it on your own texts before use.

## How it was measured

{measured}

## When to trust it

{thresholds}
"""


def classifier_card(bundle: Bundle, name: str, description: str, base_model: str | None, language: str | None) -> str:
    """Return the card.

    Args:
        bundle: All of classifier.json.
        name: Of the classifier.
        description: What was done to the backbone, such as "fine-tuned".
        base_model: The backbone as the hub names it, ``owner/name``; None where it has no such name.
        language: Code such as "en"; None where it is not known.
    """
    metadata = {"language": language, "library_name": "onnx", "pipeline_tag": "text-classification",
                "base_model": base_model}  # fmt: skip
    known = [f"{key}: {json.dumps(value)}" for key, value in metadata.items() if value]
    return CARD.format(
        metadata="\n".join([*known, "tags: [promptmix]"]),
        name=name,
        count=len(bundle.labels),
        labels=", ".join(f"`{label}`" for label in bundle.labels),
        backbone=base_model or bundle.backbone,
        description=description,
        max_tokens=bundle.max_tokens,
        made_of="\n".join(f"- {origin}: {number}" for origin, number in bundle.made_of.items()),
        measured="\n".join(f"- {what}: {number}" for what, number in bundle.measured.items()),
        thresholds=_table(bundle),
    )


def _table(bundle: Bundle) -> str:
    rows = []
    for each in bundle.thresholds:
        confidence = "not proven" if each.confidence is None else each.confidence
        rows.append(f"| {each.agreement:.0%} | {confidence} | {each.coverage:.0%} |")
    head = ["| same label as the language model | confidence at least | of all texts |", "|---|---|---|"]
    note = bundle.thresholds_note or ""
    return "\n".join([*(head + rows + [""] if rows else []), note[:1].upper() + note[1:] + "."])
