"""A released classifier small enough to be made in a test: words vote for colors, in a real ONNX graph."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from promptmix.classifier.bundle import Bundle, digests, save_bundle

if TYPE_CHECKING:
    import onnx

LABELS = ["red", "green", "blue"]
WORDS = {
    "red": ["red", "crimson", "scarlet", "rose"],
    "green": ["green", "lime", "moss", "olive"],
    "blue": ["blue", "navy", "azure", "sky"],
}
WEIGHT = 2.0
"""What one word adds to the logit of its label."""


def tiny_classifier(folder: Path, max_tokens: int = 16) -> Path:
    """Make a classifier whose logits are :data:`WEIGHT` times the number of a color's words; return its folder."""
    import onnx
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    folder.mkdir(parents=True)
    names = ["[PAD]", "[UNK]", *(word for words in WORDS.values() for word in words)]
    tokenizer = Tokenizer(models.WordLevel({name: at for at, name in enumerate(names)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    table = np.zeros((len(names), len(LABELS)), np.float32)
    for label, words in WORDS.items():
        for word in words:
            table[names.index(word), LABELS.index(label)] = WEIGHT
    for name in ("model.onnx", "model.int8.onnx"):
        onnx.save(_votes(table), str(folder / name))
    save_bundle(
        Bundle(
            labels=LABELS,
            max_tokens=max_tokens,
            pad_id=0,
            kind="linear_probe",
            backbone="color-words",
            files=digests(folder),
            folder=folder,
        )
    )
    (folder / "README.md").write_text("# Color words\n", encoding="utf-8")
    return folder


def _votes(table: NDArray[np.float32]) -> "onnx.ModelProto":
    """Return a graph that sums the rows of a table over the tokens of a text."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["votes"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        helper.make_node("Mul", ["votes", "column"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "first"], ["logits"], keepdims=0),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=-1),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", len(LABELS)])]
    constants = [
        numpy_helper.from_array(table, "table"),
        numpy_helper.from_array(np.array([2]), "last"),
        numpy_helper.from_array(np.array([1]), "first"),
    ]
    graph = helper.make_graph(nodes, "votes", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
