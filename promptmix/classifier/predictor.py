"""Texts in, labels out: a released classifier run by onnxruntime on the CPU."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from promptmix.classifier.bundle import Bundle, Precision, load_bundle
from promptmix.core.errors import ClassifierError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

BATCH_TOKENS = 2048
"""Tokens of one batch, padding included: more of them are no faster on a CPU, and need more memory."""

BATCH_TEXTS = 64
WINDOW = 512
"""Texts that are tokenized and sorted by length at a time, so that memory does not grow with their number."""


class Classified(NamedTuple):
    """What the classifier says of one text."""

    label: str
    confidence: float
    """Probability of the label, 0..1."""


class Predictor:
    """A released classifier, loaded; used by several threads at a time without harm."""

    def __init__(self, folder: Path, precision: Precision = "fp32", threads: int | None = None) -> None:
        """Load the tokenizer and one model; their digests are compared meanwhile.

        Args:
            folder: As the stage `release` wrote it.
            precision: ``int8`` is smaller and faster, and gives another label now and then.
            threads: Compute threads; None for one per core that this process may use.

        Raises:
            ClassifierError: the folder cannot be used.
        """
        self.bundle: Bundle = load_bundle(folder, check=False)
        path = self.bundle.model(precision)
        with ThreadPoolExecutor(3) as pool:  # hashing and loading leave Python alone, so they go on side by side
            verified = pool.submit(self.bundle.verify, path.name, self.bundle.tokenizer.name)
            session = pool.submit(_session, path, threads or cores())
            tokenizer = pool.submit(_tokenizer, self.bundle)
            verified.result()
            self._session, self._tokenizer = session.result(), tokenizer.result()

    @property
    def labels(self) -> list[str]:
        """Class names in the order of the probabilities."""
        return self.bundle.labels

    def predict(self, texts: Sequence[str]) -> list[Classified]:
        """Return the most probable label of each text, in the order of the texts; of equal ones the first."""
        found = self.probabilities(texts)
        best = found.argmax(axis=1)
        return [Classified(self.labels[at], float(row[at])) for row, at in zip(found, best, strict=True)]

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the probabilities of all labels, of shape (texts, labels)."""
        found = np.empty((len(texts), len(self.labels)), np.float32)
        for start in range(0, len(texts), WINDOW):
            window = [_encodable(text) for text in texts[start : start + WINDOW]]
            encodings = self._tokenizer.encode_batch_fast(window)
            tokens = [encoding.ids or [self.bundle.pad_id] for encoding in encodings]
            for batch in batches([len(ids) for ids in tokens]):
                found[[start + at for at in batch]] = self._run([tokens[at] for at in batch])
        return found

    def _run(self, tokens: list[list[int]]) -> Any:
        width = max(map(len, tokens))
        ids = np.full((len(tokens), width), self.bundle.pad_id, np.int64)
        mask = np.zeros_like(ids)
        for row, each in enumerate(tokens):
            ids[row, : len(each)] = each
            mask[row, : len(each)] = 1
        return self._session.run(["probabilities"], {"input_ids": ids, "attention_mask": mask})[0]


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Divide texts into batches of like length, the longest first, so that memory is taken once.

    Args:
        lengths: Tokens of each text.

    Returns:
        The numbers of the texts, each once; in a batch, at most :data:`BATCH_TEXTS` and, unless it is a single text,
        at most :data:`BATCH_TOKENS` with padding.
    """
    found: list[list[int]] = []
    longest = 0
    for at in sorted(range(len(lengths)), key=lambda at: -lengths[at]):
        size = len(found[-1]) if found else 0
        if not found or size == BATCH_TEXTS or longest * (size + 1) > BATCH_TOKENS:
            found.append([])
            longest = lengths[at]
        found[-1].append(at)
    return found


def _encodable(text: str) -> str:
    """Return a text without half characters (lone surrogates), which JSON can hold and tokenizers cannot."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _session(path: Path, threads: int) -> "InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.enable_mem_pattern = False  # one is kept for each shape of a batch, so memory would grow
    # Threads that spin while they wait take a fifth more computing, from the tokenizer, the server and other processes.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # of onnxruntime's own kinds, all of which are RuntimeError or less
        words = " ".join(str(error).split())[:200]
        raise ClassifierError(f"{path}: onnxruntime cannot load it ({words}); fetch or make it again") from None


def _tokenizer(bundle: Bundle) -> "Tokenizer":
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(bundle.tokenizer))
    except Exception as error:  # tokenizers raises nothing more special
        words = " ".join(str(error).split())[:200]
        raise ClassifierError(f"{bundle.tokenizer}: not a tokenizer ({words}); fetch or make it again") from None
    tokenizer.no_padding()
    tokenizer.enable_truncation(bundle.max_tokens)
    return tokenizer
