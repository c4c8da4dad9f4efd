"""Students of all kinds to ONNX, in float32 and in 8 bits.

torch's exporter by tracing is used, not the newer one by ``torch.export``: for MiniLM it takes 1.6 s in place of 9,
needs neither onnxscript nor onnx-ir, writes no path of this machine into the graph, and what it writes runs in 0.44 s
in place of 0.53 (64 texts of 24 tokens, one core). What tracing might freeze, :mod:`promptmix.students.parity` finds.
"""

import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from promptmix.classifier.bundle import MODELS, TOKENIZER
from promptmix.core.errors import ClassifierError
from promptmix.students import KINDS
from promptmix.students.graph import Graph
from promptmix.students.kind import Student

OPSET = 17  # the first with LayerNormalization, which onnxruntime has a kernel for
BLOCK = 32


class Exported(NamedTuple):
    """What classifier.json must say of the exported files."""

    max_tokens: int
    pad_id: int


def export_student(student: Student, folder: Path) -> Exported:
    """Write ``model.onnx`` and the tokenizer of a trained student; equal students give equal bytes.

    Raises:
        ClassifierError: its kind says nothing of how it is exported.
    """
    name, most = student.settings.student, student.settings.max_tokens
    if (make := KINDS[name].graph) is None:
        raise ClassifierError(f"distill.student {name}: its KIND has no graph to be exported; name another")
    graph = make(student)
    _write_onnx(graph, folder / MODELS["fp32"])
    tokenizer = graph.tokenizer.backend_tokenizer
    tokenizer.no_padding()
    tokenizer.enable_truncation(most)
    tokenizer.save(str(folder / TOKENIZER))
    return Exported(most, int(graph.tokenizer.pad_token_id))


def quantize_activations(folder: Path) -> None:
    """Compute in 8 bits, weights with one scale a column: a quarter of the size, and faster.

    Seven of the 8 bits are used, as sums of products of 8 bits overflow on CPUs without VNNI.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    source, out = folder / MODELS["fp32"], folder / MODELS["int8"]
    logging.disable(logging.WARNING)  # it advises a step that is for other graphs
    try:
        quantize_dynamic(source, out, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    finally:
        logging.disable(logging.NOTSET)


def quantize_weights(folder: Path) -> None:
    """Keep weights in 8 bits, one scale for each :data:`BLOCK` of them, and compute in float32: smaller, not faster."""
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    model = onnx.load(folder / MODELS["fp32"])
    quantizer = MatMulNBitsQuantizer(model, bits=8, block_size=BLOCK, is_symmetric=True, accuracy_level=0)
    quantizer.process()
    quantizer.model.save_model_to_file(str(folder / MODELS["int8"]), False)


QUANTIZERS: dict[str, Callable[[Path], None]] = {
    "weights and activations": quantize_activations,
    "weights": quantize_weights,
}
"""Ways to write ``model.int8.onnx`` from ``model.onnx``, the fastest model first; the first that agrees is taken."""


def _write_onnx(graph: Graph, path: Path) -> None:
    import torch

    ids, mask = torch.full((2, 5), 3), torch.ones((2, 5), dtype=torch.int64)
    ids[1, 3:], mask[1, 3:] = int(graph.tokenizer.pad_token_id), 0  # unlike lengths: the trace holds what padding needs
    axes = {0: "batch", 1: "tokens"}
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # tracing is deprecated; and branches on shapes, which go one way for all texts
        torch.onnx.export(
            graph.module,
            (ids, mask),
            path,
            input_names=["input_ids", "attention_mask"],
            output_names=["probabilities"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "probabilities": {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )
