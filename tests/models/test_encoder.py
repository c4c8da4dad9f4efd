"""The encoder, with its real weights."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from promptmix.models.encoder import SentenceEncoder, Vectors
from promptmix.models.pretrained import Pretrained
from tests.conftest import bundled


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a cache of its own."""
    monkeypatch.setenv("PROMPTMIX_STORE", str(tmp_path / "store" / "answers.sqlite"))
    return tmp_path / "store"


def test_vectors_have_length_one_and_like_texts_are_near(small_encoder: Pretrained) -> None:
    texts = ["where is my parcel", "when will my package arrive", "the soup needs more salt"]
    vectors = SentenceEncoder(small_encoder, 64).encode(texts)
    assert vectors.shape == (3, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert float(vectors[0] @ vectors[1]) > float(vectors[0] @ vectors[2]) + 0.2


def test_a_text_has_the_same_bytes_whatever_is_encoded_with_it(small_encoder: Pretrained) -> None:
    """Alone, among shorter and longer ones, and as one of many of its length; 16 tokens fill the width."""
    texts = [" ".join(["a", "parcel", "came", "late"] * 8)[: 6 * n] for n in range(1, 30)]
    encoder = SentenceEncoder(small_encoder.folder(), 16)  # a folder has no cache
    together = encoder.encode(texts)
    for text, vector in list(zip(texts, together, strict=True))[::3]:
        assert encoder.encode([text]).tobytes() == vector.tobytes(), text
        assert encoder.encode([text, "a parcel", *texts[::2]])[0].tobytes() == vector.tobytes(), text


def test_a_vector_is_computed_once_and_comes_back_to_the_bit(
    small_encoder: Pretrained, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []
    compute = SentenceEncoder._computed

    def spy(self: SentenceEncoder, texts: list[str]) -> Vectors:
        computed.extend(texts)
        return compute(self, texts)

    monkeypatch.setattr(SentenceEncoder, "_computed", spy)
    first = SentenceEncoder(small_encoder, 64).encode(["a parcel", "late", "late"])
    again = SentenceEncoder(small_encoder, 64).encode(["late", "new", "a parcel"])
    assert computed == ["a parcel", "late", "new"]
    assert again[[2, 0, 0]].tobytes() == first.tobytes()
    assert again.tobytes() == SentenceEncoder(small_encoder.folder(), 64).encode(["late", "new", "a parcel"]).tobytes()
    SentenceEncoder(small_encoder, 32).encode(["late"])
    assert computed[-1] == "late", "another cut may be another vector"
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    SentenceEncoder(small_encoder, 64).encode(["a parcel"])
    assert computed[-1] == "a parcel", "as may be one of other threads"


def test_weights_that_change_or_have_no_digest_leave_nothing_in_the_cache(
    small_encoder: Pretrained, store: Path
) -> None:
    SentenceEncoder(small_encoder.folder(), 64).encode(["late"])
    SentenceEncoder(small_encoder.model_copy(update={"files": {}}), 64).encode(["late"])
    assert not store.exists()


def test_torch_is_not_imported_where_all_vectors_are_known(small_encoder: Pretrained) -> None:
    SentenceEncoder(small_encoder, 64).encode(["late", "a parcel"])
    code = (
        "import sys; from promptmix.models.encoder import SentenceEncoder, Vectors;"
        "from promptmix.models.pretrained import Pretrained;"
        f"SentenceEncoder(Pretrained.model_validate({small_encoder.model_dump()!r}), 64).encode(['a parcel', 'late']);"
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


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


@pytest.mark.parametrize(
    ("name", "size", "max_tokens"),
    [
        ("all-minilm-l6-v2", 384, 64),
        pytest.param("all-mpnet-base-v2", 768, 64, marks=pytest.mark.slow),
        pytest.param("all-mpnet-base-v2", 768, 384, marks=pytest.mark.slow),
    ],
)
def test_vectors_are_those_of_sentence_transformers(name: str, size: int, max_tokens: int) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    model = bundled(name, "none")
    texts = ["where is my parcel", "it", "the soup needs more salt " * 20, "one two three " * 200]
    words = Transformer(str(model.folder()), max_seq_length=max_tokens)
    theirs = SentenceTransformer(modules=[words, Pooling(size, "mean"), Normalize()], device="cpu").encode(texts)
    assert np.allclose(SentenceEncoder(model, max_tokens).encode(texts), theirs, atol=1e-6)
