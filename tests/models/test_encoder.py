"""The encoder, with its real weights."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from promptmix.models.encoder import SentenceEncoder
from promptmix.models.pretrained import Pretrained


def test_vectors_have_length_one_and_like_texts_are_near(small_encoder: Pretrained) -> None:
    texts = ["where is my parcel", "when will my package arrive", "the soup needs more salt"]
    vectors = SentenceEncoder(small_encoder, 64).encode(texts)
    assert vectors.shape == (3, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert float(vectors[0] @ vectors[1]) > float(vectors[0] @ vectors[2]) + 0.2


def test_a_text_has_the_same_vector_whatever_stands_beside_it(small_encoder: Pretrained) -> None:
    """Padding differs, so the last digits may: 1e-5 is 100 times float32's resolution at 1."""
    alone = SentenceEncoder(small_encoder, 64).encode(["a parcel"])
    beside = SentenceEncoder(small_encoder, 64).encode(["a much longer text about many other things " * 3, "a parcel"])
    assert np.allclose(alone[0], beside[1], atol=1e-5)


def test_no_texts_give_no_vectors(small_encoder: Pretrained) -> None:
    assert SentenceEncoder(small_encoder, 64).encode([]).shape == (0, 384)


def test_long_texts_are_cut(small_encoder: Pretrained) -> None:
    start = "one two three four five six seven eight nine ten"
    cut = SentenceEncoder(small_encoder, 8).encode([start, start + " eleven" * 50])
    assert np.allclose(cut[0], cut[1], atol=1e-5)


def test_weights_are_loaded_at_the_first_text_and_once_a_process(
    small_encoder: Pretrained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loaded again only where the file has changed, such as by tuning."""
    from transformers import AutoModel

    loaded: list[Path] = []
    load = AutoModel.from_pretrained

    def spy(path: Path, **more: object) -> object:
        loaded.append(path)
        return load(path, **more)

    monkeypatch.setattr(AutoModel, "from_pretrained", spy)
    shutil.copytree(small_encoder.folder(), tmp_path / "copy")
    encoders = [SentenceEncoder(tmp_path / "copy", length) for length in (16, 64)]
    assert loaded == []
    vectors = [encoder.encode(["a parcel"]) for encoder in encoders * 2]
    assert loaded == [tmp_path / "copy"]
    assert all(np.array_equal(vector, vectors[0]) for vector in vectors)
    os.utime(tmp_path / "copy" / "model.safetensors", ns=(0, 0))
    encoders[0].encode(["a parcel"])
    assert len(loaded) == 2


def test_vectors_are_those_of_sentence_transformers(small_encoder: Pretrained) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    texts = ["where is my parcel", "it", "the soup needs more salt " * 20]
    words = Transformer(str(small_encoder.folder()), max_seq_length=64)
    theirs = SentenceTransformer(modules=[words, Pooling(384, "mean"), Normalize()], device="cpu").encode(texts)
    assert np.allclose(SentenceEncoder(small_encoder, 64).encode(texts), theirs, atol=1e-6)
