"""Requests that come while the model is busy are labeled together in its next run."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from promptmix.classifier.predictor import Classified, Predictor

TOGETHER = 64
"""Texts after which no further request joins a run."""


class BusyError(Exception):
    """Too many texts wait already."""


class _Waiting(NamedTuple):
    texts: Sequence[str]
    done: "asyncio.Future[list[Classified]]"


class Batching:
    """One predictor that many requests share, in the order in which they came."""

    def __init__(self, predictor: Predictor, most: int) -> None:
        """Wait for requests.

        Args:
            predictor: Used by one thread at a time, which uses all cores.
            most: Texts that may wait.
        """
        self._predictor, self._most = predictor, most
        self._queue: list[_Waiting] = []
        self._running: asyncio.Task[None] | None = None

    async def predict(self, texts: Sequence[str]) -> list[Classified]:
        """Return the predictions for some texts when it is their turn.

        Raises:
            BusyError: too many texts wait.
        """
        if sum(len(each.texts) for each in self._queue) > self._most:
            raise BusyError
        waiting = _Waiting(texts, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await waiting.done

    async def _run(self) -> None:
        while self._queue:
            taken = self._next()
            texts = [text for each in taken for text in each.texts]
            try:
                found = iter(await asyncio.to_thread(self._predictor.predict, texts))
            except Exception as error:  # of any kind: each request must end
                for each in taken:
                    if not each.done.done():
                        each.done.set_exception(error)
                continue
            for each in taken:
                own = [next(found) for _ in each.texts]
                if not each.done.done():  # its client may have gone
                    each.done.set_result(own)

    def _next(self) -> list[_Waiting]:
        taken = [self._queue.pop(0)]
        while self._queue and sum(len(each.texts) for each in taken) + len(self._queue[0].texts) <= TOGETHER:
            taken.append(self._queue.pop(0))
        return taken
