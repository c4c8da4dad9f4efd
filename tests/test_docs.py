"""Every code block of the pages is run or says above it why not, and every command, param and path on them exists.

A block is marked by the comment above it: ``run`` (here, in a copy of the repository), ``run: slow``,
``run by: FILE`` (a test that runs it), or
``not run: REASON``.
"""

import ast
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer
from ruamel.yaml import YAML

from promptmix.cli.app import app
from promptmix.models.pretrained import Pretrained
from tests.support.copies import Copy
from tests.support.structure import ROOT

PAGES = ["README.md", "CONTRIBUTING.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
WITH_LOG = [*PAGES, "LOG.md"]
BLOCK = re.compile(r"(?:^<!-- (?P<mark>[^\n]*?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S)
SPAN = re.compile(r"`([^`\n]+)`")
GENERATED = re.compile(r"<!-- (\w+) -->.*?<!-- /\1 -->", re.S)
MARK = re.compile(r"run|run: slow|run by: (?P<test>\S+)|not run: (?P<reason>\S.+)")
PLACEHOLDER = re.compile(r"[A-Z]+(\.\.\.)?")  # NAME, SUFFIX, REV...
TOPS = r"(?:promptmix|stages|tests|benchmarks|docs|data/raw|data/answers|metrics|plots|\.ci|\.github)"
INTERVAL = re.compile(r"([+-]\d\.\d{3})\s+\[([+-]\d\.\d{3}),\s+([+-]\d\.\d{3})\]")
BRITISH = re.compile(r"labell|favour|colour|behaviour|licence|judgement|normalis|regularis|beyond doubt", re.I)


class Block(NamedTuple):
    """A fenced block of a page."""

    page: str
    line: int
    mark: str
    language: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    def commands(self) -> list[str]:
        """Return the lines of a shell block; of a transcript, those behind a ``$``."""
        lines = self.text.splitlines()
        typed = [line[2:] for line in lines if line.startswith("$ ")]
        return typed or [line for line in lines if line.strip()]


@cache
def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def all_blocks() -> list[Block]:
    found = []
    for page in PAGES:
        for match in BLOCK.finditer(read(page)):
            line = read(page).count("\n", 0, match.start()) + 1
            found.append(Block(page, line, match["mark"] or "", match["language"], match["text"]))
    return found


BLOCKS = [block for block in all_blocks() if block.language != "bibtex"]


def shell_blocks(mark: str) -> list[Any]:
    """Return the shell blocks with a mark, as test parameters."""
    return [pytest.param(block, id=block.place) for block in BLOCKS if block.mark == mark and block.language == ""]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    copy = Copy(tmp_path_factory.mktemp("docs"))
    (copy.folder / "dvc.lock").write_bytes((ROOT / "dvc.lock").read_bytes())
    copy.commit()
    return copy


def run_commands(copy: Copy, block: Block) -> str:
    """Run the commands of a block one by one and return what they print."""
    return "".join(copy.ok("bash", "-ec", command, COLUMNS="100") for command in block.commands())


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_every_block_is_run_or_says_why_not(block: Block) -> None:
    mark = MARK.fullmatch(block.mark)
    assert mark, f"{block.place}: no mark above the block, or an unknown one: {block.mark!r}"
    assert mark["test"] is None or (ROOT / mark["test"]).is_file(), f"{block.place}: {mark['test']} is not there"
    assert "TRANSCRIPT" not in block.text, f"{block.place}: {block.commands()} waits for what they print"


@pytest.mark.parametrize("block", shell_blocks("run"))
def test_commands_succeed(copy: Copy, block: Block) -> None:
    run_commands(copy, block)


@pytest.mark.slow
@pytest.mark.parametrize("block", shell_blocks("run: slow"))
def test_slow_commands_succeed(copy: Copy, block: Block) -> None:
    run_commands(copy, block)


@pytest.mark.slow
def test_the_readmes_way_from_your_own_data_to_a_classifier(tmp_path: Path, small_encoder: Pretrained) -> None:
    """Without a language model, as the arm needs none; two steps of training instead of 80."""
    copy = Copy(tmp_path)
    copy.params(**{"seeds": [0], "arms": ["few_shot"], "teacher.test_texts": 0, "distill.steps": 2})
    copy.params(**{"llm.model": "smollm2-135m-instruct"})
    copy.commit()
    shutil.copytree(copy.folder / "data/raw/demo", copy.folder / "data/raw/NAME")
    copy.ok("git", "add", "data/raw/NAME")
    run, use = (block for block in BLOCKS if (block.page, block.mark) == ("README.md", "run by: tests/test_docs.py"))
    run_commands(copy, run)
    *setup, call = use.text.replace("demo/0/relabeled", "NAME/0/few_shot").splitlines()
    said = copy.ok("python", "-c", "\n".join([*setup, f"print({call})"]))
    assert "_parcel" in said or "change_" in said


def test_the_drawing_of_the_pipeline_is_what_dvc_prints(copy: Copy) -> None:
    (drawing,) = (block for block in BLOCKS if block.language == "mermaid")
    assert f"```mermaid\n{drawing.text}```" in copy.ok("dvc", "dag", "--collapse-foreach-matrix", "--md")


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_every_block_can_be_parsed(block: Block) -> None:
    if block.language == "python":
        ast.parse(block.text)
    elif block.language == "yaml":
        YAML(typ="safe", pure=True).load(block.text)
    elif block.language != "mermaid":
        assert block.language == "", f"{block.place}: who checks {block.language}?"
        script = "\n".join(block.commands())
        subprocess.run(["bash", "-n"], input=script, text=True, check=True, capture_output=True)


def code(page: str) -> list[str]:
    """Return the commands in blocks and the spans of inline code of a page."""
    blocks = [line for block in BLOCKS if block.page == page for line in block.commands()]
    return blocks + SPAN.findall(BLOCK.sub("", GENERATED.sub("", read(page))))


def promptmix_commands(page: str) -> Iterator[list[str]]:
    """Yield the words behind ``promptmix`` of every such command; of optional parts, what is in the brackets."""
    for line in code(page):
        for command in re.split(r" && | \|\|? ", line.partition(" # ")[0]):
            words = shlex.split(command)
            while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
                words = words[1:]
            if words[:1] == ["promptmix"] and len(words) > 1:
                words = [word if "=[" in word else word.strip("[]") for word in words[1:] if word != "…"]
                yield ["1" if word == "N" else word for word in words]


COMMANDS = [
    pytest.param(words, id=f"{page}: {' '.join(words)}") for page in WITH_LOG for words in promptmix_commands(page)
]


@cache
def params() -> dict[str, Any]:
    values: dict[str, Any] = YAML(typ="safe", pure=True).load(ROOT / "params.yaml")
    return values


def is_param(key: str) -> bool:
    """Tell whether params.yaml has a key; ``+`` adds one to a param that holds any, such as ``llm.extra``."""
    value: Any = params()
    for name in key.removeprefix("+").split("."):
        if key.startswith("+") and value == {}:
            return True
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    return True


@pytest.mark.parametrize("words", COMMANDS)
def test_every_verb_and_option_on_the_pages_exists(words: list[str]) -> None:
    assert_exists(words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("fly", "no verb fly"),
        ("answers burn", "no verb burn"),
        ("run --fast", "No such option"),
        ("check now", "unexpected extra argument"),
        ("run -S llm.mode=batch", "llm.mode"),
        ("run slowly", "slowly"),
        ("sweep paper", "paper"),
    ],
)
def test_what_does_not_exist_is_found(words: str, said: str) -> None:
    with pytest.raises(Exception, match=said):
        assert_exists(words.split())


def assert_exists(words: list[str]) -> None:
    """Parse a command line as the real one does, without running it."""
    if words in (["VERB", "--help"], ["--install-completion"]):
        return
    command: Any = typer.main.get_command(app)
    context = command.make_context("promptmix", list(words))
    while hasattr(command, "get_command"):
        found = command.get_command(context, words[0])
        assert found is not None, f"no verb {words[0]}"
        command, words = found, words[1:]
        context = command.make_context(command.name, list(words), parent=context) if words != ["--help"] else context
    keys = [each.partition("=")[0] for each in context.params.get("overrides") or []]
    assert [key for key in keys if not is_param(key) and not PLACEHOLDER.fullmatch(key)] == []
    assert_known_experiment(command.name, context.params)


def assert_known_experiment(verb: str, given: dict[str, Any]) -> None:
    """Look up a preset, a sweep or a sweep of the study in experiments.yaml."""
    experiments = YAML(typ="safe", pure=True).load(ROOT / "experiments.yaml")
    for kind, section in (("preset", "presets"), ("name", "sweeps")):
        name = given.get(kind)
        if name and not PLACEHOLDER.fullmatch(name):
            assert (f"study_{name}" if verb == "study" else name) in experiments[section]


@pytest.mark.parametrize("page", WITH_LOG)
def test_every_param_on_a_page_exists(page: str) -> None:
    text = "\n".join(code(page))
    keys = re.findall(r"-S '?([a-z_]+\.?\w*)=", text) + re.findall(
        rf"^((?:{'|'.join(key for key in params() if isinstance(params()[key], dict))})\.(?!py\b)\w+)", text, re.M
    )
    assert [key for key in keys if not is_param(key)] == []


@pytest.mark.parametrize("page", WITH_LOG)
def test_every_make_target_on_a_page_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert {name for line in code(page) for name in re.findall(r"^make\s+([a-z-]+)", line)} <= targets


@pytest.mark.parametrize("page", WITH_LOG)
def test_every_path_on_a_page_exists(page: str) -> None:
    """A placeholder such as NAME is for any name of which there is one; asking.md names files of promptmix/llm."""
    inline = SPAN.findall(BLOCK.sub("", read(page)))
    spans = [span for span in inline if re.fullmatch(rf"{TOPS}/[\w./*-]*", span)]
    spans += [f"promptmix/llm/{span}" for span in inline if re.fullmatch(r"(engine|endpoints|store)/[\w./]*", span)]
    patterns = {span: re.sub(r"\b[A-Z]{3,}\b(?!\.md)", "*", span).rstrip("/") for span in spans}
    assert [span for span, pattern in patterns.items() if not any(ROOT.glob(pattern))] == []
    for path, name in re.findall(r"`([\w./]+)::(\w+)`", read(page)):
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path} has no {name}"


@pytest.mark.parametrize("page", WITH_LOG)
def test_every_link_within_the_repository_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", read(page)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        place = (ROOT / page).parent / path if path else ROOT / page
        assert place.exists(), target
        assert not anchor or anchor in anchors(place.read_text(encoding="utf-8")), target


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^##+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_in_american_english(page: str) -> None:
    prose = SPAN.sub("", GENERATED.sub("", read(page)))
    assert BRITISH.findall(prose) == []


def test_the_reference_lists_every_verb() -> None:
    command: Any = typer.main.get_command(app)
    listed = {span.split()[1] for span in SPAN.findall(read("docs/reference.md")) if span.startswith("promptmix ")}
    assert set(command.commands) <= listed


def test_the_log_lists_all_its_entries() -> None:
    assert re.findall(r"^- \[(.+)\]\(#", read("LOG.md"), re.M) == re.findall(r"^## (.+)$", read("LOG.md"), re.M)


def test_the_readme_is_short_and_names_the_command_that_tests() -> None:
    assert len(read("README.md").split()) < 1200
    assert any(re.match(r"make test\b(?!-)", line) for line in code("README.md"))


def test_the_readme_says_where_a_model_comes_from_as_it_is() -> None:
    models = YAML(typ="safe", pure=True).load(ROOT / "promptmix/models/pretrained.yaml")
    large = models["qwen2.5-coder-1.5b-instruct"]
    assert f"joined from {len(large['packages'])} third-party packages" in read("README.md")
    assert "at a pinned commit" in read("README.md")
    assert re.search("@[0-9a-f]{40}$", large["hub"]), large["hub"]


@pytest.mark.parametrize("page", ["README.md", "docs/study.md"])
def test_every_interval_in_the_prose_is_in_the_metrics(page: str) -> None:
    prose = GENERATED.sub("", read(page))
    known = set[tuple[str, ...]]()
    for path in [ROOT / "metrics/details.json", *(ROOT / "metrics/study").glob("*.json")]:
        known |= {each for found in differences(json.loads(path.read_text(encoding="utf-8"))) for each in both(*found)}
    assert [found for found in INTERVAL.findall(prose) if found not in known] == []


def differences(value: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield mean, low and high of all differences of a metrics file."""
    if isinstance(value, dict):
        for key in value:
            if key.endswith("low"):
                stem = key.removesuffix("low")
                yield value.get(stem.removesuffix("_") or "accuracy"), value[key], value[f"{stem}high"]
        for each in value.values():
            yield from differences(each)


def both(mean: float, low: float, high: float) -> Iterator[tuple[str, ...]]:
    """Yield a difference as it is printed, and as that of the second minus the first."""
    for numbers in ((mean, low, high), (0 - mean, 0 - high, 0 - low)):
        yield tuple(f"{round(number, 3):+.3f}" for number in numbers)


def test_old_names_of_the_tools_are_on_no_page() -> None:
    assert [page for page in WITH_LOG if re.search(r"tools\.|python -m promptmix\b", read(page))] == []
