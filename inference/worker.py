"""Runs an engine in a thread of its own and hands its tokens to one event loop.

Knows mailboxes; nothing of text or HTTP.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from inference.constraint import Constraint
from inference.engine import Engine, EngineLoad
from inference.errors import InferenceError, Unavailable
from inference.faults import fault
from inference.request import SamplingParams
from inference.sequence import Output

BEAT_S = 0.5

T = TypeVar("T")

_log = logging.getLogger("inference.worker")


@dataclass(eq=False, slots=True)
class _Mailbox:
    """Outputs not read yet: a slow reader finds several at once, so nothing grows beyond the answer itself."""

    outputs: list[Output] = field(default_factory=list)
    error: InferenceError | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


class EngineWorker:
    """`generate` may be called by any number of tasks of one loop.

    A step that fails costs the engine's caller nothing but the request at fault, see `faults`. What the engine cannot
    get over ends it: everybody in flight is told, and `rebuild` makes a new one.
    """

    def __init__(
        self, engine: Engine, *, on_step: Callable[[EngineLoad, float], None], rebuild: Callable[[], Engine]
    ) -> None:
        """`on_step` hears of every step: the load after it, and its seconds."""
        self.max_model_len = engine.max_model_len
        self.on_rebuilt: Callable[[], None] = _nothing
        """Called on the event loop when a new engine has taken over: what the old one kept is gone."""
        self._engine = engine
        self._on_step = on_step
        self._rebuild = rebuild
        self._beat = time.monotonic()
        self._dead = False
        self._changed = threading.Condition()
        self._inbox: list[Callable[[], None]] = []
        self._stopping = False
        self._mailboxes: dict[str, _Mailbox] = {}
        self._questions: set[asyncio.Future[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    @property
    def alive(self) -> bool:
        """False when the engine died and no other could be built."""
        return not self._dead

    @property
    def n_busy(self) -> int:
        """Requests in flight and questions not answered yet."""
        return len(self._mailboxes) + len(self._questions)

    @property
    def idle_s(self) -> float:
        """Seconds since the engine's thread last gave a sign of life; it does so at least twice a second, unless a
        step takes longer.
        """
        return time.monotonic() - self._beat if self._loop is not None else 0.0

    async def generate(
        self, request_id: str, prompt: list[int], params: SamplingParams, constraint: Constraint | None = None
    ) -> AsyncGenerator[list[Output], None]:
        """Outputs as they come, several at once when the reader is slow.

        Closing it, at any point, frees the request's pages.
        """
        self._start()
        mailbox = self._mailboxes[request_id] = _Mailbox()
        self._send(lambda: self._add(request_id, prompt, params, constraint))
        finished = False
        try:
            while not finished:
                await mailbox.arrived.wait()
                mailbox.arrived.clear()
                if mailbox.error is not None:
                    raise mailbox.error
                outputs, mailbox.outputs = mailbox.outputs, []
                finished = any(output.finish_reason is not None for output in outputs)
                yield outputs
        finally:
            del self._mailboxes[request_id]
            if not finished:
                self._send(lambda: self._engine.abort(request_id))

    async def ask(self, question: Callable[[Engine], T]) -> T:
        """What `question` returns, called between two steps. Raises Unavailable when the engine dies meanwhile."""
        self._start()
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._questions.add(done)
        done.add_done_callback(self._questions.discard)
        self._send(lambda: self._ask(question, done))
        return await done

    def abort_all(self, error: InferenceError) -> None:
        """End every request with `error`."""
        self._send(lambda: self._fail(self._engine.abort_all(), error))

    def close(self) -> None:
        """Stop the thread after its current step. Requests that come later are refused."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._loop is None:
            self._engine.close()

    def discard(self) -> None:
        """Wait until the thread has stopped after `close`, and let go of the engine's memory. Blocks for one step."""
        if self._thread.is_alive():
            self._thread.join()
        del self._engine

    def _start(self) -> None:
        if self._dead:
            raise _died()
        if self._stopping:
            raise Unavailable("model_unloaded", "The model has just been taken out of memory.", retry_after_s=5)
        if self._loop is None:
            self._beat = time.monotonic()
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
                    self._beat = time.monotonic()
                    self._changed.wait(BEAT_S)
                if self._stopping:
                    self._engine.close()
                    return
                commands, self._inbox = self._inbox, []
            self._beat = time.monotonic()
            try:
                for command in commands:
                    command()
                self._step()
                continue
            except Exception:
                _log.exception("the engine died; another is built")
            # Here, for the traceback above held the old engine's memory.
            if not self._renew():
                return

    def _step(self) -> None:
        began = time.perf_counter()
        outputs = self._engine.step()
        self._on_step(self._engine.load, time.perf_counter() - began)
        if outputs:
            self._post(lambda: self._deliver(outputs))

    def _renew(self) -> bool:
        """Tell everybody, and put a new engine in the dead one's place; False when none can be built."""
        self._post(self._fail_everybody)
        with suppress(Exception):
            self._engine.close()
        del self._engine
        try:
            self._engine = self._rebuild()
        except Exception:
            _log.exception("no other engine can be built; the server has to be restarted")
            self._dead = True
            # whoever came while it was being built waits in vain as well
            self._post(self._fail_everybody)
            return False
        self._post(lambda: self.on_rebuilt())
        return True

    def _ask(self, question: Callable[[Engine], T], done: asyncio.Future[T]) -> None:
        try:
            answer = question(self._engine)
        except InferenceError as error:
            fault = error
            self._post(lambda: None if done.done() else done.set_exception(fault))
        else:
            self._post(lambda: None if done.done() else done.set_result(answer))

    def _fail_everybody(self) -> None:
        """At once: who hears of it and asks again asks the next engine."""
        self._deliver_error([*self._mailboxes], _died())
        for done in [*self._questions]:
            if not done.done():
                done.set_exception(_died())

    def _add(self, request_id: str, prompt: list[int], params: SamplingParams, constraint: Constraint | None) -> None:
        try:
            self._engine.add(request_id, prompt, params, constraint)
        except InferenceError as error:
            self._fail([request_id], error)
        except Exception as error:
            _log.exception("request %s could not be taken in", request_id)
            self._fail([request_id], fault(error))

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
                mailbox.error = output.error or mailbox.error
                mailbox.arrived.set()

    def _deliver_error(self, request_ids: list[str], error: InferenceError) -> None:
        for request_id in request_ids:
            mailbox = self._mailboxes.get(request_id)
            if mailbox is not None:
                # who was told already, and has not read it yet, keeps its own
                mailbox.error = mailbox.error or error
                mailbox.arrived.set()


def _died() -> InferenceError:
    return Unavailable("engine_died", "The engine died and took this request with it; send it again.", retry_after_s=5)


def _nothing() -> None:
    pass


def draining_error() -> InferenceError:
    return Unavailable("draining", "The server shut down before the answer was complete.", retry_after_s=5)
