"""params.yaml as typed values: read once at the edge of a stage, every fault reported at once, no default in code.

Read as YAML 1.2, because DVC writes ``5e-05`` where YAML 1.1 readers see a string.
"""

import re
from collections.abc import Iterable
from math import inf
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from promptmix.arms import ARMS
from promptmix.core.errors import ParamsError
from promptmix.core.names import FolderName
from promptmix.core.yaml_files import read_yaml
from promptmix.prompts.variants import VARIANTS
from promptmix.students import KINDS

Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0.0, lt=1.0)]
Rate = Annotated[float, Field(gt=0.0, le=1.0)]

EndpointName = Literal["bundled", "openai", "azure"]

T = TypeVar("T")
S = TypeVar("S", bound="Section")


def _distinct(values: list[T]) -> list[T]:
    if len(set(values)) < len(values):
        raise ValueError("names a value twice")
    return values


def _budget(words: str) -> str:
    if not re.fullmatch(r"\d[\d_]*(\.\d+)? (dollars|tokens)", words):
        raise ValueError("is null, or like 5 dollars or 2000000 tokens")
    return words


def _one_of(names: Iterable[str]) -> AfterValidator:
    """Return a check that a value is one of these names; its error lists them."""

    def check(name: str) -> str:
        if name not in names:
            raise ValueError(f"is one of {', '.join(names)}")
        return name

    return AfterValidator(check)


Several = Annotated[list[T], Field(min_length=1), AfterValidator(_distinct)]
"""The values of one axis of the matrix: at least one, and none twice."""


class Limit(NamedTuple):
    """What may be spent; infinity where there is no limit."""

    tokens: float
    dollars: float


class Section(BaseModel):
    """Base of all sections of params.yaml."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class Llm(Section):
    """Which language model generates texts, and which one relabels them."""

    endpoint: EndpointName
    model: str
    server: str
    relabel_endpoint: EndpointName | None
    relabel_model: str | None
    extra: dict[str, Any]
    context: Annotated[int, Field(ge=512)] | None
    batch_api: bool
    budget: Annotated[str, AfterValidator(_budget)] | None

    def limit(self) -> Limit:
        """Return the budget as numbers."""
        if self.budget is None:
            return Limit(inf, inf)
        amount, unit = self.budget.split()
        return Limit(float(amount), inf) if unit == "tokens" else Limit(inf, float(amount))


class Asking(Section):
    """asking.yaml: how fast requests are sent; nothing here can change an answer, so DVC does not read it."""

    concurrency: Annotated[int, Field(ge=1, le=1024)]
    timeout: Annotated[float, Field(gt=0)]
    time_limit: Annotated[float, Field(gt=0)] | None
    retries: Count
    requests_per_minute: Positive | None
    tokens_per_minute: Positive | None
    threads: Positive | None


class Encoder(Section):
    """The frozen sentence encoder that finds the nearest classes."""

    model: str
    max_tokens: Annotated[int, Field(ge=8, le=512)]


class Compile(Section):
    """How a data set becomes train, validation and test files."""

    validation_share: Share
    validation_max: Positive


class Sample(Section):
    """How the few labeled examples are drawn."""

    shots: Count


class Generate(Section):
    """How texts are generated."""

    prompt: Annotated[str, _one_of(VARIANTS)]
    per_class: Positive
    max_prompts_per_class: Positive
    partner: Literal["random", "nearest"]
    near_duplicates: Rate | None
    texts_per_prompt: Annotated[int, Field(ge=1, le=50)]
    keep_per_prompt: Positive
    prompts_per_cycle: Positive
    group_size: Annotated[int, Field(ge=2)]
    share_alpha: Annotated[float, Field(gt=0)]
    share_beta: Annotated[float, Field(gt=0)]
    min_words: Positive
    temperature: Annotated[float, Field(ge=0, le=2)] | None
    top_p: Rate | None
    max_tokens: Positive
    json_schema: bool
    attributes: bool

    @model_validator(mode="after")
    def _schema_fits(self) -> Self:
        if self.json_schema and VARIANTS[self.prompt].form != "chat":
            raise ValueError(f"json_schema needs a chat prompt, got {self.prompt}")
        return self


class Relabel(Section):
    """How generated texts are relabeled; the teacher labels test texts in the same way."""

    method: Literal["auto", "score", "answer"]
    candidates: Annotated[int, Field(ge=2)]
    calibration: Literal["contextual", "batch"] | None
    prior_weight: Annotated[float, Field(ge=0)]
    on_no_match: Literal["keep", "drop"]
    nearest_similarity: Annotated[float, Field(ge=-1, le=1)]
    json_schema: bool
    max_tokens: Positive
    top_logprobs: Positive


class Teacher(Section):
    """The language model itself as a classifier of test texts."""

    test_texts: Count


class Eda(Section):
    """How the arm ``eda`` varies the shots."""

    alpha: Rate


class Assemble(Section):
    """How relabeled texts become a training file."""

    soft_labels: Literal["shares", "scores"] | None
    min_confidence: Share | None


class Distill(Section):
    """How a student is trained."""

    student: Annotated[str, _one_of(KINDS)]
    backbone: str
    steps: Positive | None
    epochs: Positive | None
    learning_rate: Rate
    weight_decay: Annotated[float, Field(ge=0)]
    warmup_share: Annotated[float, Field(ge=0, lt=1)]
    batch_size: Positive
    accumulate: Positive
    precision: Literal["float32", "bfloat16", "auto"]
    phases: Literal["joint", "synthetic_then_real"]
    launcher: Literal["python", "accelerate"]
    freeze_embeddings: bool
    max_tokens: Annotated[int, Field(ge=8, le=512)]
    C: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.steps is None) == (self.epochs is None):
            raise ValueError(f"one of steps and epochs must be null, got steps {self.steps} and epochs {self.epochs}")
        return self

    @model_validator(mode="after")
    def _student_knows_them(self) -> Self:
        plain = {"phases": "joint", "launcher": "python"}
        wanted = {name for name in plain if getattr(self, name) != plain[name]}
        if unknown := wanted - KINDS[self.student].options:
            asked = " and ".join(f"{name} {getattr(self, name)}" for name in sorted(unknown))
            raise ValueError(f"student {self.student} knows phases joint and launcher python only, got {asked}")
        return self


class Report(Section):
    """What the figures show."""

    max_points: Annotated[int, Field(ge=10)]


class Params(Section):
    """All of params.yaml."""

    datasets: Several[FolderName]
    seeds: Several[Count]
    arms: Several[Annotated[str, _one_of(ARMS)]]
    llm: Llm
    encoder: Encoder
    compile: Compile
    sample: Sample
    generate: Generate
    relabel: Relabel
    teacher: Teacher
    eda: Eda
    assemble: Assemble
    distill: Distill
    report: Report

    @model_validator(mode="after")
    def _scores_are_there(self) -> Self:
        asked = self.assemble.soft_labels == "scores" or self.assemble.min_confidence is not None
        if asked and self.relabel.method == "answer":
            raise ValueError(
                "assemble.soft_labels scores and assemble.min_confidence need relabel.method auto or score,"
                f" got {self.relabel.method}"
            )
        return self


def load_all(path: Path = Path("params.yaml")) -> Params:
    """Read and check all of params.yaml.

    Raises:
        ParamsError: the file is missing, is not YAML, or holds values that cannot be used; all of them in one message.
    """
    return checked(Params, _values(path), path)


def load(*sections: str) -> Any:
    """Check all of params.yaml and return the sections named, in that order; a single one is returned as it is.

    A stage calls this once, with the sections that dvc.yaml declares in its ``params:``, whole or in part.
    """
    return attrgetter(*sections)(load_all())


def asking(path: Path = Path("asking.yaml")) -> Asking:
    """Read and check asking.yaml, as :func:`load_all`."""
    return checked(Asking, _values(path), path)


def checked(form: type[S], values: Any, path: Path) -> S:
    """Check values as if they were those of a file; raises as :func:`load_all`."""
    try:
        return form.model_validate(values)
    except ValidationError as error:
        faults = [_fault(fault) for fault in error.errors()]
        several = [f"{len(faults)} value(s) refused"] if len(faults) > 1 else []
        raise ParamsError(f"{path}: " + "\n  ".join([*several, *faults])) from None


def _values(path: Path) -> Any:
    try:
        return read_yaml(path, ParamsError)
    except FileNotFoundError:
        raise ParamsError(f"{path}: no such file; run this in the repository's root") from None


def _fault(fault: Any) -> str:
    where = ".".join(map(str, fault["loc"]))
    reason = {"extra_forbidden": "unknown key", "missing": "missing key"}.get(fault["type"], fault["msg"])
    found = "" if fault["type"] == "missing" or isinstance(fault["input"], dict) else f", got {fault['input']!r}"
    return f"{where + ': ' if where else ''}{reason}{found}"
