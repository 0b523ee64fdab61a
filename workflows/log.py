"""A run's log while it is being written: numbers and stamps events, and keeps the readings of them that driving needs.

Knows events, the progress on the plan and the answer's order; knows nothing of tasks. It does not fold the whole state,
which holds every value of every frame: readers do that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from workflows import events as ev
from workflows.blobs import BlobWriter
from workflows.budget import Budget, read_limits
from workflows.plan import Plan
from workflows.ports import Ports
from workflows.progress import Progress
from workflows.streams import AnswerStream


class Log:
    """The events of one run so far, folded, and those not yet handed to the journal."""

    def __init__(self, plan: Plan, ports: Ports, history: Sequence[ev.Event] = ()) -> None:
        self._time = ports.clock.now
        self._journal = ports.journal
        self._blobs = BlobWriter(ports.blobs) if ports.blobs is not None else None
        self._chat = plan.mode == "chat"
        self._pending: list[ev.Event] = []
        self._durable = False
        self._flushing = asyncio.Lock()
        self._failure: BaseException | None = None
        self._commits: set[asyncio.Future[bool]] = set()
        self._stamped_ms = -1
        self._stamp = ""
        self._last_seq = 0
        self._usage = ev.Usage()
        self.progress = Progress(plan)
        self.stream = AnswerStream(plan, self.progress) if plan.top.speaks else None
        self.budget: Budget | None = None
        if history and isinstance(history[0], ev.RunStarted):
            self._limit(history[0])
        for event in history:
            self._take(event)
        if self.budget is not None:
            self.budget.worked(history)
        if self.stream is not None:
            self.stream.emitter.was_sent(_answer(history))

    def begin(self, event: ev.RunStarted) -> None:
        """Record the run's first event, and hold the run to its limits from there."""
        self._limit(event)
        self.record(event)

    def _limit(self, event: ev.RunStarted) -> None:
        if event.limits:
            self.budget = Budget(read_limits(event.limits))

    def record(self, event: ev.Event, *, durable: bool = False) -> None:
        """Add an event, given without number and time, and what follows from it for the answer."""
        now_ms = int(self._time() * 1000)
        if now_ms != self._stamped_ms:
            self._restamp(now_ms)
        event = replace(event, seq=self._last_seq + 1, at=self._stamp)
        self._pending.append(event)
        if durable:
            self._durable = True
        if self._take(event):
            self.catch_up()

    def catch_up(self) -> None:
        """Say what the history allows and did not get to say before it was cut off."""
        if self.stream is not None:
            self._settle(self.stream)

    def _settle(self, stream: AnswerStream, *, final: bool = False) -> None:
        said = stream.emitter.settle(final=final)
        if said is None:
            return
        if said.replacement is not None:
            self.record(ev.AnswerReset(seq=0, at="", text=said.replacement))
        for (node_id, frame), text in said.additions:
            self.record(ev.AnswerDelta(seq=0, at="", node_id=node_id, frame=frame, text=text))

    def _take(self, event: ev.Event) -> bool:
        """Read one event; whether the answer may have become longer, or another."""
        self._last_seq = event.seq
        self.progress.observe(event)
        if type(event) is ev.NodeFinished and event.usage is not None:
            self._usage += event.usage
        if self.budget is not None:
            self.budget.observe(event)
        stream = self.stream
        return stream is not None and type(event) in stream.heeds and stream.observe(event)

    def _restamp(self, now_ms: int) -> None:
        self._stamped_ms = now_ms
        second, rest = divmod(now_ms, 1000)
        self._stamp = f"{_date(second)}.{rest:03d}Z"

    async def flush(self) -> None:
        """Hand what is new to the journal. Raises what the journal raises, and from then on always: a log with a hole
        must not go on.
        """
        if self._pending and self._failure is None:
            async with self._flushing:
                await self._store()
        if self._failure is not None:
            raise self._failure

    async def _store(self) -> None:
        events, durable = self._pending, self._durable
        self._pending, self._durable = [], False
        if self._journal is None or not events or self._failure is not None:
            return
        try:
            if self._blobs is not None:
                events = list(await self._blobs.lift(events))
            await self._journal.append(events, durable=durable)
        except BaseException as error:
            self._failure = error

    async def commit(self) -> bool:
        """Commit what was recorded, for a task; others may flush meanwhile. False when the journal refuses, which the
        next flush raises. A task that is cancelled meanwhile does not cut the storing off.
        """
        self._durable = True
        storing = asyncio.ensure_future(self._settled())
        self._commits.add(storing)
        storing.add_done_callback(self._commits.discard)
        return await asyncio.shield(storing)

    async def _settled(self) -> bool:
        async with self._flushing:
            await self._store()
        return self._failure is None

    def close(self) -> None:
        """The drive is over: nothing is stored any more."""
        for storing in self._commits:
            storing.cancel()

    def end_finished(self) -> None:
        """Nothing is left to do: the run succeeded."""
        if self.stream is not None:
            self._settle(self.stream, final=True)
        event = ev.RunFinished(
            seq=0,
            at="",
            outputs=self._outputs(),
            answer=self._answer(),
            usage=self._usage,
            elapsed_ms=self._elapsed_ms(),
            exceptions=self.progress.exceptions,
        )
        self.record(event, durable=True)

    def end_failed(self, error: ev.ErrorInfo) -> None:
        """The run failed; what was answered is kept."""
        answer, outputs, elapsed_ms = self._answer(), self._outputs(), self._elapsed_ms()
        self.record(
            ev.RunFailed(seq=0, at="", error=error, answer=answer, outputs=outputs, elapsed_ms=elapsed_ms), durable=True
        )

    def end_stopped(self, reason: str) -> None:
        """Somebody stopped the run; what was answered is kept."""
        answer, outputs, elapsed_ms = self._answer(), self._outputs(), self._elapsed_ms()
        self.record(
            ev.RunStopped(seq=0, at="", reason=reason, answer=answer, outputs=outputs, elapsed_ms=elapsed_ms),
            durable=True,
        )

    def _answer(self) -> str:
        return self.stream.emitter.sent if self.stream is not None else ""

    def _outputs(self) -> dict[str, Any]:
        return {"answer": self._answer()} if self._chat else self.progress.top.outputs

    def _elapsed_ms(self) -> float:
        started = self.progress.started
        if started is None:
            return 0.0
        began = datetime.fromisoformat(started.at).timestamp()
        return round(max(0.0, self._time() - began) * 1000, 1)


@lru_cache(maxsize=16)
def _date(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def _answer(history: Sequence[ev.Event]) -> str:
    """What a log has told of the answer."""
    pieces: list[str] = []
    for event in history:
        if isinstance(event, ev.AnswerReset):
            pieces = [event.text]
        elif isinstance(event, ev.AnswerDelta):
            pieces.append(event.text)
    return "".join(pieces)
