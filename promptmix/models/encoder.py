"""The frozen sentence encoder: texts to vectors of length 1, each computed once by all runs of a repository.

Ours and not sentence-transformers: its vectors are the same within 1.2e-7, but 300 texts take 1.5 times as long (14.8 s
in place of 9.8 s on two cores, medians of six) and 150 MB more, for what it imports.

A vector has the same bytes whatever is encoded with it, or results would depend on what is in the cache. In batches of
any shape they do not: a third of MiniLM's vectors then differ in the last bits (by up to 1.1e-7) from those of the same
texts alone, as matrices of other shapes are added up in another order. So batches of one length have one shape.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from promptmix.models.pretrained import Pretrained
from promptmix.models.vector_cache import VectorCache, cache_path

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]
"""Texts to vectors of length 1, one row a text."""

FORM = 1  # of the computation: another number where a bit of a vector may change
ROWS = {"cpu": 8, "cuda": 64}  # texts in a batch; the last one is repeated where there are fewer
STEP = 8  # texts are padded to a multiple of so many tokens
KEPT = 1024  # vectors computed between two writes to the cache
LIBRARIES = "torch", "transformers", "tokenizers"
DEVICES = "/dev/nvidiactl", "/dev/kfd", "/dev/dxg"  # are there with a GPU of NVIDIA, of AMD, and in WSL
SETTINGS = "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "MKL_NUM_THREADS"  # other threads, other last bits


T = TypeVar("T")


class SentenceEncoder:
    """An encoder that is fetched, checked and loaded when it first computes a vector, on a GPU where there is one."""

    def __init__(self, model: Pretrained | Path, max_tokens: int) -> None:
        """Remember which model; nothing is loaded yet.

        Args:
            model: A manifest, or a folder with weights and tokenizer, as ``from_pretrained`` reads them. The vectors of
                a folder are not cached, because its weights may change.
            max_tokens: Texts are cut after this many tokens; 8 or more.
        """
        self._model, self._max_tokens = model, max_tokens

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode texts by mean pooling over the last layer of a transformers encoder.

        Where all vectors are in the cache, nothing is loaded: torch and transformers take seconds.

        Shapes: n texts, d embedding dimensions.

        Args:
            texts: In any order. Equal texts are encoded once.

        Returns:
            Shape (n, d), rows of Euclidean length 1, in the order of ``texts``.

        Source: the pooling of sentence-transformers, which trained all-MiniLM-L6-v2 and all-mpnet-base-v2.
        """
        if not texts:
            return self._computed([])
        unique = sorted(set(texts))
        cache = self._cache()
        found = cache.get(unique) if cache else {}
        for some in _slices([text for text in unique if text not in found], KEPT):
            computed = dict(zip(some, self._computed(some), strict=True))
            if cache:
                cache.put(computed)
            found |= computed
        return np.stack([found[text] for text in texts])

    def _cache(self) -> VectorCache | None:
        """Return the cache of this encoder as it computes here; None where nothing says which bytes its files are."""
        if isinstance(self._model, Path) or not self._model.files:
            return None
        computing = FORM, [version(name) for name in LIBRARIES], self._max_tokens
        # What torch says of device and threads is not asked, as importing it is what the cache saves.
        machine = [Path(device).exists() for device in DEVICES], [os.environ.get(s) for s in SETTINGS], os.cpu_count()
        return VectorCache(cache_path(), json.dumps([sorted(self._model.files.items()), computing, machine]))

    def _computed(self, texts: list[str]) -> Vectors:
        """Return the vectors of texts, [n x d]."""
        import torch

        folder = self._model if isinstance(self._model, Path) else self._model.fetched()
        tokenizer, model = _load(folder, (folder / "model.safetensors").stat().st_mtime_ns)
        tokens = tokenizer(texts, truncation=True, max_length=self._max_tokens)["input_ids"] if texts else []
        vectors = np.zeros((len(texts), model.config.hidden_size), np.float32)
        with torch.inference_mode():
            for width, some in _batches([len(each) for each in tokens], self._max_tokens, ROWS[model.device.type]):
                rows = {"input_ids": [tokens[n] for n in some]}
                batch = tokenizer.pad(rows, padding="max_length", max_length=width, return_tensors="pt")
                vectors[some] = _pooled(model, batch)
        return vectors


def _batches(lengths: Sequence[int], most: int, rows: int) -> Iterator[tuple[int, list[int]]]:
    """Yield a width in tokens and the numbers of ``rows`` texts, the last one repeated to fill up the batch.

    Either all texts of a batch fill its width or none does: attention without any padding may be computed otherwise.
    """

    def shape(number: int) -> tuple[bool, int]:
        return lengths[number] >= most, min((lengths[number] // STEP + 1) * STEP, most)

    for (_, width), group in groupby(sorted(range(len(lengths)), key=shape), shape):
        for some in _slices(list(group), rows):
            yield width, some + some[-1:] * (rows - len(some))


def _slices(items: list[T], size: int) -> Iterator[list[T]]:
    """Yield the items in their order, ``size`` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


@lru_cache(maxsize=1)
def _load(folder: Path, modified: int) -> tuple[Any, Any]:  # noqa: ARG001  # a part of the key
    """Return tokenizer and model; the last ones are kept, as long as their file was not ``modified``."""
    import torch
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval().to(device)
    return AutoTokenizer.from_pretrained(folder), model


def _pooled(model: Any, batch: Any) -> Vectors:
    """Return the mean of a batch's last layer over its tokens, [b x d], rows of length 1."""
    import torch

    batch = batch.to(model.device)
    hidden = model(**batch).last_hidden_state  # [b x s x d]
    mask = batch["attention_mask"].unsqueeze(-1).to(hidden.dtype)  # [b x s x 1]
    pooled = (hidden * mask).sum(1) / mask.sum(1)
    vectors: Vectors = torch.nn.functional.normalize(pooled, dim=1).cpu().numpy()
    return vectors
