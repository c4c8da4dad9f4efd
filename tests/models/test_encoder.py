"""The encoder, with its real weights."""

import numpy as np

from promptmix.models import encoder
from promptmix.models.pretrained import Pretrained


def test_vectors_have_length_one_and_like_texts_are_near(small_encoder: Pretrained) -> None:
    texts = ["where is my parcel", "when will my package arrive", "the soup needs more salt"]
    vectors = encoder.encode(texts, small_encoder.folder(), 64)
    assert vectors.shape == (3, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert float(vectors[0] @ vectors[1]) > float(vectors[0] @ vectors[2]) + 0.2


def test_a_text_has_the_same_vector_whatever_stands_beside_it(small_encoder: Pretrained) -> None:
    """Padding differs, so the last digits may: 1e-5 is 100 times float32's resolution at 1."""
    alone = encoder.encode(["a parcel"], small_encoder.folder(), 64)
    beside = encoder.encode(["a much longer text about many other things " * 3, "a parcel"], small_encoder.folder(), 64)
    assert np.allclose(alone[0], beside[1], atol=1e-5)


def test_no_texts_give_no_vectors(small_encoder: Pretrained) -> None:
    assert encoder.encode([], small_encoder.folder(), 64).shape == (0, 384)


def test_long_texts_are_cut(small_encoder: Pretrained) -> None:
    start = "one two three four five six seven eight nine ten"
    cut = encoder.encode([start, start + " eleven" * 50], small_encoder.folder(), 8)
    assert np.allclose(cut[0], cut[1], atol=1e-5)
