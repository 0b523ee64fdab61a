"""Runs an engine in a thread of its own and hands its tokens to one event loop.

Knows mailboxes; nothing of text or HTTP.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from inference.engine import Engine, EngineLoad
from inference.errors import InferenceError, Unavailable
from inference.request import SamplingParams
from inference.sequence import Output

_log = logging.getLogger("inference.worker")


@dataclass(eq=False, slots=True)
class _Mailbox:
    """Outputs not read yet: a slow reader finds several at once, so nothing grows beyond the answer itself."""

    outputs: list[Output] = field(default_factory=list)
    error: InferenceError | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


class EngineWorker:
    """`generate` may be called by any number of tasks of one loop.

    A fault in a step ends the requests in flight, not the worker.
    """

    def __init__(self, engine: Engine, *, on_step: Callable[[EngineLoad], None]) -> None:
        self.max_model_len = engine.max_model_len
        self._engine = engine
        self._on_step = on_step
        self._changed = threading.Condition()
        self._inbox: list[Callable[[], None]] = []
        self._stopping = False
        self._mailboxes: dict[str, _Mailbox] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    @property
    def alive(self) -> bool:
        return self._loop is None or self._thread.is_alive()

    async def generate(
        self, request_id: str, prompt: list[int], params: SamplingParams
    ) -> AsyncGenerator[list[Output], None]:
        """Outputs as they come, several at once when the reader is slow.

        Closing it, at any point, frees the request's pages.
        """
        self._start()
        mailbox = self._mailboxes[request_id] = _Mailbox()
        self._send(lambda: self._add(request_id, prompt, params))
        finished = False
        try:
            while not finished:
                await mailbox.arrived.wait()
                mailbox.arrived.clear()
                if mailbox.error is not None:
                    finished = True
                    raise mailbox.error
                outputs, mailbox.outputs = mailbox.outputs, []
                finished = any(output.finish_reason is not None for output in outputs)
                yield outputs
        finally:
            del self._mailboxes[request_id]
            if not finished:
                self._send(lambda: self._engine.abort(request_id))

    def abort_all(self, error: InferenceError) -> None:
        """End every request with `error`."""
        self._send(lambda: self._fail(self._engine.abort_all(), error))

    def close(self) -> None:
        """Stop the thread after its current step."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def _start(self) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._thread.start()

    def _send(self, command: Callable[[], None]) -> None:
        with self._changed:
            self._inbox.append(command)
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._inbox or self._engine.has_work or self._stopping):
                    self._changed.wait()
                if self._stopping:
                    return
                commands, self._inbox = self._inbox, []
            for command in commands:
                command()
            self._step()

    def _step(self) -> None:
        try:
            outputs = self._engine.step()
        except Exception:
            _log.exception("a step failed; its requests end, the engine goes on")
            self._fail(self._engine.abort_all(), InferenceError("engine_failed", "The engine failed on this request."))
            outputs = []
        self._on_step(self._engine.load)
        if outputs:
            self._post(lambda: self._deliver(outputs))

    def _add(self, request_id: str, prompt: list[int], params: SamplingParams) -> None:
        try:
            self._engine.add(request_id, prompt, params)
        except InferenceError as error:
            self._fail([request_id], error)

    def _fail(self, request_ids: list[str], error: InferenceError) -> None:
        self._post(lambda: self._deliver_error(request_ids, error))

    def _post(self, call: Callable[[], None]) -> None:
        if self._loop is None or self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(call)

    def _deliver(self, outputs: list[Output]) -> None:
        for output in outputs:
            mailbox = self._mailboxes.get(output.request_id)
            if mailbox is not None:
                mailbox.outputs.append(output)
                mailbox.arrived.set()

    def _deliver_error(self, request_ids: list[str], error: InferenceError) -> None:
        for request_id in request_ids:
            mailbox = self._mailboxes.get(request_id)
            if mailbox is not None:
                mailbox.error = error
                mailbox.arrived.set()


def draining_error() -> InferenceError:
    return Unavailable("draining", "The server shut down before the answer was complete.", retry_after_s=5)
