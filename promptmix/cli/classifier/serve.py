"""`promptmix serve`: a released classifier over HTTP, on this machine alone unless told otherwise."""

import contextlib
import ipaddress
import sys
from pathlib import Path

from promptmix.classifier.guard import Limits
from promptmix.classifier.predictor import Predictor
from promptmix.core.errors import ClassifierError

SHORTEST_TOKEN = 16


def serve_classifier(model: Path, host: str, port: int, token: str | None, limits: Limits, *, int8: bool) -> None:
    """Serve a classifier until Ctrl-C.

    Args:
        model: Its folder.
        host: Address to listen on.
        port: Port to listen on; 0 for any free one.
        token: What clients must send; needed where ``host`` is not loopback.
        limits: What a request may be.
        int8: Use the smaller model.

    Raises:
        PromptMixError: the model cannot be used, a token is needed, or the port is taken.
    """
    if not token and not only_this_machine(host):
        remedy = "give one with --token or in PROMPTMIX_TOKEN, or listen on 127.0.0.1"
        raise ClassifierError(f"{host} can be reached from other machines, so a token is needed; {remedy}")
    if token is not None and (len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable()):
        raise ClassifierError(f"the token needs at least {SHORTEST_TOKEN} printable ASCII characters")
    from promptmix.classifier.server import application, listening, server

    app = application(Predictor(model, "int8" if int8 else "fp32"), limits, token)
    try:
        made = listening(host, port)
    except OSError as error:
        raise ClassifierError(f"{host}:{port}: cannot listen ({error.strerror}); choose another --port") from None
    shown = f"[{host}]" if ":" in host else host
    sys.stderr.write(f"{model} on http://{shown}:{made.getsockname()[1]} (Ctrl-C ends it; /docs says how to ask)\n")
    with made, contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again when all has ended
        server(app).run(sockets=[made])


def only_this_machine(host: str) -> bool:
    """Tell whether an address can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
