"""A released classifier over HTTP: POST /predict, GET /health and /metrics, a page to try a text, the API's page."""

import asyncio
import socket
from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from promptmix.classifier.batching import Batching, BusyError
from promptmix.classifier.guard import App, Guard, Limits, Meters
from promptmix.classifier.predictor import Classified, Predictor

if TYPE_CHECKING:
    import uvicorn

HEAD = 10
"""Seconds until a connection's first request must have told its method and headers."""

SHUTDOWN = 5
"""Seconds that requests get to end after Ctrl-C."""

POLICY = "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""What the pages may load: this server, and what they hold themselves."""


class Classification(BaseModel):
    """What the classifier says of one text."""

    label: str | None = Field(description="Null where the confidence is below min_confidence.")
    confidence: float = Field(description="Probability of the most probable label, 0 to 1.")


class Answer(BaseModel):
    """One prediction a text, in the order of the texts."""

    predictions: list[Classification]


def application(predictor: Predictor, limits: Limits, token: str | None = None) -> App:
    """Return the ASGI application of a classifier.

    Args:
        predictor: The classifier.
        limits: What a request may be.
        token: What a client must send; None where anybody who reaches the server may ask.
    """
    from fastapi import FastAPI
    from fastapi.exceptions import RequestValidationError

    title = f"PromptMix classifier ({predictor.bundle.kind} on {predictor.bundle.backbone})"
    app = FastAPI(title=title, docs_url=None, redoc_url=None)
    meters = Meters()
    app.post("/predict", response_model=Answer)(_predicting(predictor, limits, meters))
    app.get("/health")(_health(predictor))
    app.get("/metrics")(_metrics(meters))
    for path, name in (("/", "try"), ("/docs", "docs")):
        app.get(path, include_in_schema=False)(_page(name))
    app.exception_handler(RequestValidationError)(_refused)
    return Guard(app, limits, token, meters)


def _predicting(predictor: Predictor, limits: Limits, meters: Meters) -> Callable[..., Any]:
    from fastapi import HTTPException

    batching, question_model = Batching(predictor, limits.waiting), _question(limits)

    async def predict(question: Any) -> Answer:
        """Label one text or many."""
        if (question.text is None) == (question.texts is None):
            raise HTTPException(422, "give either text or texts")
        texts = question.texts if question.text is None else [question.text]
        try:
            found = await batching.predict(texts)
        except BusyError:
            raise HTTPException(503, "too many texts are waiting", {"Retry-After": "1"}) from None
        for each in found:
            meters.labels.labels(each.label).inc()
        return Answer(predictions=[_labeled(each, question.min_confidence) for each in found])

    predict.__annotations__["question"] = question_model  # its limits are known only now
    return predict


def _labeled(found: Classified, least: float) -> Classification:
    return Classification(
        label=found.label if found.confidence >= least else None, confidence=round(found.confidence, 4)
    )


def _health(predictor: Predictor) -> Callable[..., Any]:
    async def health() -> dict[str, Any]:
        """Say that the classifier is loaded, and how many labels it has."""
        return {"status": "ok", "labels": len(predictor.labels)}

    return health


def _metrics(meters: Meters) -> Callable[..., Any]:
    from fastapi.responses import Response

    async def metrics() -> Response:
        """Return counters in Prometheus' text format."""
        return Response(meters.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return metrics


def _refused(_: Any, error: Any) -> Any:
    """Say in one line what is wrong with a request's body."""
    from fastapi.responses import JSONResponse

    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"][1:])
    return JSONResponse({"detail": f"{where}: {fault['msg']}" if where else fault["msg"]}, 422)


def server(app: App) -> "uvicorn.Server":
    """Return a server; its ``run`` returns after Ctrl-C when the last request has ended."""
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Impatient(H11Protocol):
        """Closes a connection whose first head does not come; uvicorn waits for it without end."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
            super().connection_made(transport)
            self.loop.call_later(HEAD, lambda: None if self.cycle else transport.close())

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=SHUTDOWN,
        ws="none",
        http=Impatient,
        limit_concurrency=1_000,
    )
    return uvicorn.Server(config)


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that clients can connect to; port 0 is any free one.

    Raises:
        OSError: the port is taken, or the host is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(1024)
    except OSError:
        made.close()
        raise
    return made


def _question(limits: Limits) -> type[BaseModel]:
    """Return the model of a request's body, with these limits in it, so that the API's page shows them."""
    one = Annotated[str, Field(max_length=limits.characters)]

    class Question(BaseModel):
        """One text or many."""

        model_config = ConfigDict(extra="forbid")

        text: str | None = Field(None, max_length=limits.characters)
        texts: Annotated[list[one], Field(max_length=limits.texts)] | None = None
        min_confidence: float = Field(0.0, ge=0, le=1, description="Below it the label is null.")

    return Question


def _page(name: str) -> Callable[..., Any]:
    from fastapi.responses import HTMLResponse

    html = files("promptmix.classifier").joinpath(f"pages/{name}.html").read_text(encoding="utf-8")

    async def page() -> HTMLResponse:
        return HTMLResponse(html, headers={"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"})

    return page
