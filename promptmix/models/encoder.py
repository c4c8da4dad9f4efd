"""The frozen sentence encoder: texts to vectors of length 1."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from promptmix.models.pretrained import Pretrained

Vectors = NDArray[np.float32]

BATCH = 64  # texts encoded at once, of like length, so little is spent on padding


def encoding(model: Pretrained, max_tokens: int) -> Callable[[Sequence[str]], Vectors]:
    """Return :func:`encode` for one model, which is fetched and checked at each call."""
    return lambda texts: encode(texts, model.fetched(), max_tokens)


def encode(texts: Sequence[str], folder: Path, max_tokens: int) -> Vectors:
    """Encode texts by mean pooling over the last layer of a transformers encoder.

    Shapes: n texts, d embedding dimensions.

    Args:
        texts: In any order; each is cut after ``max_tokens`` tokens. Equal texts are encoded once.
        folder: Weights and tokenizer, as ``from_pretrained`` reads them.
        max_tokens: 8 or more.

    Returns:
        Shape (n, d), rows of Euclidean length 1, in the order of ``texts``.

    Source: the pooling of sentence-transformers, which trained all-MiniLM-L6-v2 and all-mpnet-base-v2.
    """
    import torch
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    unique = sorted(set(texts))
    tokens = tokenizer(unique, truncation=True, max_length=max_tokens)["input_ids"] if unique else []
    order = sorted(range(len(unique)), key=lambda n: (len(tokens[n]), n))
    rows = []
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            some = [tokens[n] for n in order[start : start + BATCH]]
            batch = tokenizer.pad({"input_ids": some}, return_tensors="pt")
            hidden = model(**batch).last_hidden_state  # [b x s x d]
            mask = batch["attention_mask"].unsqueeze(-1).to(hidden.dtype)  # [b x s x 1]
            pooled = (hidden * mask).sum(1) / mask.sum(1)
            rows.append(torch.nn.functional.normalize(pooled, dim=1).numpy())
    if not rows:
        return np.zeros((0, model.config.hidden_size), np.float32)
    place = {unique[n]: row for row, n in enumerate(order)}
    vectors: Vectors = np.concatenate(rows)[[place[text] for text in texts]]
    return vectors
