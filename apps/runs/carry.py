"""One run, from its lease to its end: read, adopt, drive, tell, let go. A recovered run takes the same path as a
fresh one.

Knows the order of these steps; knows nothing of threads and of how many runs there are.
"""

from __future__ import annotations

import logging

import msgspec
import redis.asyncio

from apps.runs import dispatch, leases, services
from apps.runs.adapters.ports import ports_for
from apps.runs.briefs import Brief, load, now
from apps.runs.feed import Feed
from apps.runs.group_writer import GroupWriter, StaleLease
from apps.runs.journal import OnEnd, RunJournal
from apps.runs.leases import MAX_TRIES, Lease
from apps.runs.outcome import settle_pause, tell_hooks
from apps.runs.selectors import events_of, last_seq_of
from weft.db.aio import call_db
from weft.events import runlog
from weft.events.entry import Entry
from workflows import events as engine
from workflows.drive import drive
from workflows.ports import Code, Control

log = logging.getLogger(__name__)


class Carrier:
    """What all runs of a process share."""

    def __init__(self, *, client: redis.asyncio.Redis, writer: GroupWriter, feed: Feed, code: Code) -> None:
        self._client = client
        self._code = code
        self._writer = writer
        self._feed = feed

    async def carry(self, lease: Lease, control: Control) -> None:
        """Bring the run to its end or to a pause. Returns early when the lease was lost: then someone else does."""
        try:
            if lease.tries > MAX_TRIES:
                settled = await self._abandon(lease)
            else:
                brief = await call_db(load, lease.run_id, with_history=lease.fence > 1)
                settled = await self._settle(lease, brief, control)
        except (StaleLease, runlog.StaleFence):
            log.info("Run %s was taken over while it was carried here", lease.run_id)
            return
        if settled:
            await call_db(_let_go, lease)

    async def _settle(self, lease: Lease, brief: Brief, control: Control) -> bool:
        """True when nothing is owed to the run any more, and its lease is still to be let go."""
        if brief.ended:
            return await call_db(tell_hooks, lease.run_id)
        if brief.paused and not brief.signals and not brief.stopping:
            return True  # a worker died between the pause and letting go
        told = False

        async def on_end() -> None:
            nonlocal told
            told = await call_db(tell_hooks, lease.run_id)

        journal = self._journal(lease, on_end if brief.in_conversation else None)
        history = await self._recover(lease, brief.history, journal)
        if brief.stopping:
            control.stop()
        for signal in brief.signals:
            control.deliver(signal)
        await self._drive(lease, brief, journal, history, control)
        return told or not journal.ended

    async def _abandon(self, lease: Lease) -> bool:
        """Bring a run to an end that was handed on too often, whatever about it is broken. Hooks get one last call."""

        async def on_end() -> None:
            await call_db(tell_hooks, lease.run_id)

        journal = self._journal(lease, on_end)
        message = f"The run was handed on {MAX_TRIES} times without coming to its end."
        try:
            stored = await call_db(events_of, lease.run_id)
            if stored and engine.is_terminal(stored[-1]):
                return True
            await self._recover(lease, stored, journal)
        except msgspec.MsgspecError as error:
            log.exception("The log of run %s cannot be read", lease.run_id)
            message = f"The run's log cannot be read: {error}"
            journal.last_seq = await call_db(last_seq_of, lease.run_id)
            await runlog.take_over(self._client, lease.run_id, fence=lease.fence, after=journal.last_seq)
        await _fail(journal, "run_abandoned", message)
        return True

    def _journal(self, lease: Lease, on_end: OnEnd | None) -> RunJournal:
        async def on_pause() -> None:
            await call_db(settle_pause, lease.run_id)

        return RunJournal(lease, writer=self._writer, feed=self._feed, on_end=on_end, on_pause=on_pause)

    async def _recover(self, lease: Lease, stored: list[engine.Event], journal: RunJournal) -> list[engine.Event]:
        """The whole log: what is stored, and what a former owner had shown to readers and no longer could store.

        Needs Redis: without it the former owner's stream could be neither read nor closed to him, so the run waits.
        """
        if lease.fence == 1:
            return []
        journal.resume(stored)
        tail = await runlog.take_over(self._client, lease.run_id, fence=lease.fence, after=journal.last_seq)
        shown = _contiguous(tail, after=journal.last_seq)
        return [*stored, *await journal.adopt(shown)] if shown else stored

    async def _drive(
        self, lease: Lease, brief: Brief, journal: RunJournal, history: list[engine.Event], control: Control
    ) -> None:
        if brief.plan is None:
            assert brief.refusal is not None
            return await _fail(journal, brief.refusal.code, brief.refusal.message)
        try:
            ports = ports_for(brief, journal, self._code)
            await drive(
                brief.plan,
                run_id=lease.run_id,
                inputs=brief.inputs,
                ports=ports,
                history=history,
                control=control,
            )
        except StaleLease:
            raise
        except Exception:
            log.exception("Run %s failed inside Weft", lease.run_id)
            await _fail(journal, "internal_error", "Something went wrong in Weft. The log of the worker has the cause.")
        return None


def _let_go(lease: Lease) -> None:
    released = leases.release(lease)
    if released.is_stopping:
        services.stop_run(lease.run_id)
    elif released.is_due:
        dispatch.execute([lease.run_id])


async def _fail(journal: RunJournal, code: str, message: str) -> None:
    """End the run for a reason the engine does not know of."""
    error = engine.ErrorInfo(code, message)
    seq = journal.last_seq + 1
    event = engine.RunFailed(seq=seq, at=now(), error=error, answer=journal.answer, outputs={}, elapsed_ms=0.0)
    await journal.append([event], durable=True)


def _contiguous(entries: list[Entry], *, after: int) -> list[Entry]:
    """The entries that follow `after` without a gap."""
    kept: list[Entry] = []
    for entry in entries:
        if entry.seq != after + 1 + len(kept):
            break
        kept.append(entry)
    return kept
