"""A server that speaks OpenAI's protocol: a question is sent in the form that it takes, and its reply is read."""

import threading
from collections.abc import Mapping

from promptmix.core.records import Question
from promptmix.llm.endpoints.address import suggested_address
from promptmix.llm.endpoints.failures import (
    FailureKind,
    RequestFailed,
    disconnected,
    is_unclear,
    malformed,
    refused,
)
from promptmix.llm.endpoints.fields import Body, Fields
from promptmix.llm.endpoints.refusals import Refusal, read_refusal, refusal_inside
from promptmix.llm.endpoints.replies import MalformedReply, parse_body, read_answer
from promptmix.llm.endpoints.transport import ConnectionFailed, Transport, is_answer
from promptmix.llm.endpoints.usage import token_counts
from promptmix.llm.endpoints.waits import pause_of
from promptmix.llm.request import Sampling
from promptmix.llm.store.entries import Answer, TokenCounts

MOST_CHANGES = 12  # of one request's fields, one after another


class Hosted:
    """A server found through the environment, or any other that a transport is connected to."""

    def __init__(self, transport: Transport, model: str, workers: int, fields: Fields | None = None) -> None:
        """Wrap a transport; ``model`` is the name that the server knows, ``fields`` what is known of it."""
        self.workers = workers
        self.transport = transport
        self.model = model
        self.fields = fields or Fields(model)
        self._answered = False
        self._elsewhere: str | None = None  # an address that answers, empty for none; None: nobody has looked
        self._looking = threading.Lock()

    def answer(self, key: str, question: Question, sampling: Sampling) -> tuple[Answer, float | None]:
        """Send one request, as :class:`promptmix.llm.endpoints.open.Endpoint` says; whatever goes wrong is raised."""
        answer, pause = self._send(key, question, sampling)
        if answer["finish"] == "stop" and sampling.form == "chat" and not answer["text"].strip():
            # Some servers lose an answer now and then; a model that keeps saying nothing is believed in the end.
            raise RequestFailed(FailureKind.RETRY, "empty", "the model gave an empty answer", fallback=answer)
        return answer, pause

    def _send(self, key: str, question: Question, sampling: Sampling) -> tuple[Answer, float | None]:
        path = "chat/completions" if sampling.form == "chat" else "completions"
        tries = 0
        while True:
            sent = self.fields.body(key, question, sampling)
            found, headers = self._post(path, sent)
            if isinstance(found, Refusal):
                tries += 1
                if tries <= MOST_CHANGES and self.fields.adapt(found, sent, (key, question, sampling)):
                    continue
                found, headers = self._without_suspects(path, sent, found)
            answer = self._read(found, question, sampling, key)
            self._answered = True
            return answer, pause_of(headers)

    def _without_suspects(self, path: str, sent: Body, refusal: Refusal) -> tuple[Body, Mapping[str, str]]:
        """Send a first request that was refused for no clear reason again, with fewer and fewer fields.

        Raises:
            RequestFailed: the reason is clear, others were answered, or it is refused without these fields too.
        """
        failed = self._failure(refusal, path)
        if self._answered or not is_unclear(failed, refusal):
            raise failed
        left_out: list[str] = []
        for name in self.fields.suspects(sent):
            left_out.append(name)
            body = {field: value for field, value in sent.items() if field not in left_out}
            found, headers = self._post(path, body)
            if not isinstance(found, Refusal):
                self.fields.leave_out(left_out, refusal)
                return found, headers
        raise failed

    def _post(self, path: str, body: Body) -> tuple[Body | Refusal, Mapping[str, str]]:
        """Send a body and return the reply's, or the refusal that came in its place, and the headers."""
        address = self.transport.address
        try:
            reply = self.transport.post(path, body)
            if not is_answer(reply.status):
                return read_refusal(reply.status, reply.headers, reply.data), reply.headers
            found = parse_body(reply.data)
        except ConnectionFailed as error:
            raise disconnected(error, address) from None
        except MalformedReply as error:
            raise malformed(error, address) from None
        refusal = refusal_inside(found, reply.headers)
        if refusal is not None and refusal.usage is None:
            refusal = refusal._replace(usage=_paid(found))
        return refusal or found, reply.headers

    def _read(self, body: Body, question: Question, sampling: Sampling, key: str) -> Answer:
        try:
            answer = read_answer(body, sampling, question.text)
        except MalformedReply as error:
            failed = malformed(error, self.transport.address)
            failed.usage = failed.usage or _paid(body)
            raise failed from None
        changes = self.fields.changed(key, question, sampling)
        return answer | ({"changes": changes} if changes else {})

    def _failure(self, refusal: Refusal, path: str) -> RequestFailed:
        failed = refused(refusal, path, self.transport.address)
        if refusal.status in (404, 405) and failed.kind is FailureKind.FATAL:
            with self._looking:  # once, and not by every worker
                if self._elsewhere is None:
                    self._elsewhere = suggested_address(self.transport.base) or ""
            if self._elsewhere:
                failed.message += f"; {self._elsewhere} answers: set OPENAI_BASE_URL to it"
        return failed


def _paid(body: Body) -> TokenCounts | None:
    """Return what a reply without an answer has cost, as far as the server says so."""
    counts = token_counts(body.get("usage"), "", "")
    return counts if counts["prompt_tokens"] or counts["completion_tokens"] else None
