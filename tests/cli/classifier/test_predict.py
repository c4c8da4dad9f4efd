"""`promptmix predict`, as people run it."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.tiny_classifier import tiny_classifier

COMMAND = [sys.executable, "-m", "promptmix"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_classifier(tmp_path_factory.mktemp("predict") / "colors")


def run(*words: object, **how: Any) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "predict", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **how)


def texts(path: Path, rows: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write("id,text\n")
        file.writelines(f"{at},a {'navy' if at % 2 else 'lime'} thing number {at}\n" for at in range(rows))
    return path


def test_a_csv_file_gets_two_columns(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text;n\n"navy; sky";007\n;2\nmoss;3\n', encoding="utf-8")
    done = run(model, path)
    assert done.stdout == 'text;n;label;confidence\n"navy; sky";007;blue;0.9647\n;2;;\nmoss;3;green;0.7870\n'
    assert done.stderr == "3 rows, 1 without a text left unlabeled\n"
    assert done.returncode == 0


def test_one_format_becomes_another(model: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    expected = ["green", "blue"] * 1500
    path = texts(tmp_path / "a.csv", 3000)
    for name in ("b.parquet", "c.jsonl", "d.tsv"):
        done = run(model, path, "--text", "text", "-o", tmp_path / name)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        path = tmp_path / name
        if name == "b.parquet":
            table = pq.read_table(path)
            assert table.column_names == ["id", "text", "label", "confidence"]
            assert table["label"].to_pylist() == expected
            assert str(table.schema.field("confidence").type) == "float"
            pq.write_table(table.drop_columns(["label", "confidence"]), path)
        if name == "c.jsonl":
            rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            assert [row["label"] for row in rows] == expected
            path.write_text("".join(json.dumps({"text": row["text"]}) + "\n" for row in rows), encoding="utf-8")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "text\tlabel\tconfidence"
    assert [line.split("\t")[1] for line in lines[1:]] == expected


def test_a_pipe_is_answered_line_by_line(model: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "predict", str(model)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write("navy\tsky\n")
        assert process.stdout.readline() == "blue\t0.9647\tnavy\tsky\n"
        process.stdin.write("lime")
        process.stdin.close()
        assert process.stdout.readline() == "green\t0.7870\tlime\n"
    assert process.returncode == 0


def test_unsure_texts_are_left_unlabeled(model: Path) -> None:
    done = run(model, "--min-confidence", "0.9", input="navy\nnavy sky\n")
    assert done.stdout == "\t0.7870\tnavy\nblue\t0.9647\tnavy sky\n"
    assert done.stderr == "2 rows, 1 with a confidence under 0.9 left unlabeled\n"


def test_columns_of_the_user_are_kept_beside_the_new_ones(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\nnavy,mine\n", encoding="utf-8")
    out = tmp_path / "b.csv"
    done = run(model, path, "-o", out)
    assert out.read_text("utf-8") == "text,label,predicted_label,predicted_confidence\nnavy,mine,blue,0.7870\n"
    assert "the new columns are predicted_label and predicted_confidence" in done.stderr


def test_the_int8_model_is_used_on_request(model: Path) -> None:
    assert run(model, "--int8", input="navy\n").stdout.startswith("blue\t")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["MODEL", "a.csv", "--text", "b"], "a.csv: no column 'b'; found 'id', 'text'"),
        (["MODEL", "b.csv"], "b.csv: no such file"),
        (["MODEL", "a.csv", "-o", "a.csv"], "a.csv: is the input itself; name another file with -o"),
        (["MODEL", "a.csv", "-o", "nowhere/a.csv"], "nowhere/a.csv: no folder nowhere"),
        (["MODEL", "a.csv", "-o", "b.xlsx"], "b.xlsx: unknown suffix '.xlsx'"),
        (["MODEL", "a.csv", "-o", "b.txt"], "a.csv: lines hold no columns"),
        (["nowhere", "a.csv"], "nowhere: no such folder"),
        (["MODEL", "bad.csv", "-o", "c.csv"], "bad.csv:2002: 3 fields, the header has 2"),
        (["MODEL", "bad.jsonl", "-o", "c.csv"], "bad.jsonl: row 2: expected a text, found 3"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(
    model: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    before = texts(tmp_path / "a.csv", 2).read_bytes()
    bad = texts(tmp_path / "bad.csv", 2000)
    bad.write_text(bad.read_text(encoding="utf-8") + "1,2,3\n", encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text('{"text": "a"}\n{"text": 3}\n', encoding="utf-8")
    files = sorted(tmp_path.iterdir())
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])}
    done = run(*[str(model) if word == "MODEL" else word for word in words], cwd=tmp_path, env=environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {said}")
    assert done.stderr.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == files
    assert (tmp_path / "a.csv").read_bytes() == before


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_full_disk_is_one_line_and_an_older_output_stays(model: Path, tmp_path: Path, suffix: str) -> None:
    path, out = texts(tmp_path / "a.csv", 20_000), tmp_path / f"b.{suffix}"
    out.write_text("older", encoding="utf-8")

    def small_disk() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = run(model, path, "-o", out, preexec_fn=small_disk)
    assert done.stderr == f"error: {out}: cannot be written (File too large); nothing was written\n"
    assert done.returncode == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.csv", out.name]
    assert out.read_text(encoding="utf-8") == "older"


def test_standard_output_on_a_full_disk_is_one_line(model: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "predict", str(model)], input=b"navy\n", stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.stderr == b"error: standard output: cannot be written (No space left on device)\n"


def test_a_reader_that_has_gone_is_no_error(model: Path, tmp_path: Path) -> None:
    path = texts(tmp_path / "a.csv", 20_000)
    command = f"set -o pipefail; {' '.join(COMMAND)} predict {model} {path} | head -n 2"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[0] == "id,text,label,confidence"
    assert (done.returncode, done.stderr) == (141, "")


def test_ctrl_c_leaves_no_half_written_file(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.csv"
    heeding = "env", "--default-signal=INT"  # what a shell starts in the background ignores Ctrl-C
    command = [*heeding, *COMMAND, "predict", str(model), "-", "-o", str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write("navy\n")
        process.stdin.flush()
        while not any(file.stat().st_size > 30 for file in tmp_path.iterdir()):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        process.wait(20)
        assert process.stderr.read() == f"stopped; {out} was not written\n"
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == []


PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_table(model: Path, tmp_path: Path) -> None:
    def peak(rows: int, suffix: str) -> int:
        path = texts(tmp_path / "a.csv", rows)
        command = [*COMMAND, "predict", str(model), str(path), "-o", str(tmp_path / f"b.{suffix}")]
        done = subprocess.run([sys.executable, "-c", PEAK, *command], capture_output=True, text=True, check=True)
        return int(done.stdout)

    for suffix in ("csv", "jsonl"):
        few, many = peak(20_000, suffix), peak(200_000, suffix)
        assert many < 400
        assert many - few < 20, f"{suffix}: {few} MB for 20,000 rows, {many} MB for 200,000"
