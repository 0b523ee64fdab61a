"""The engine's Journal for one run: the Redis Stream for eyes, the group commit for truth.

Knows the order of both; knows nothing of SQL or of Redis commands.

Readers are shown an event at once, but for durable ones (intents, outcomes of effects, the run's end) and whatever
follows them: these are shown once they are committed. So the stream may be ahead of the stored log only by events
that are harmless to keep, and after a crash the next owner stores exactly those before it goes on: a cursor never
points at something that did not happen.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from apps.runs.commit import Append, Row, closing_of
from apps.runs.feed import Feed
from apps.runs.group_writer import GroupWriter
from apps.runs.leases import Lease
from apps.runs.waits import waits_in
from weft.events.entry import Entry
from workflows import events as engine

# Called once the end, or a pause, is committed and before readers are shown it.
OnEnd = Callable[[], Awaitable[None]]


class RunJournal:
    """Appends to one run's log while its lease is held. Used from the executor's loop only.

    Without `on_end` nothing follows the run's end, and the lease ends with it.
    """

    def __init__(self, lease: Lease, *, writer: GroupWriter, feed: Feed, on_end: OnEnd | None, on_pause: OnEnd) -> None:
        self.last_seq = 0
        self.answer = ""
        self.ended = False
        self.usage = engine.Usage()
        self._lease = lease
        self._writer = writer
        self._feed = feed
        self._on_end = on_end
        self._on_pause = on_pause
        self._failure: BaseException | None = None
        self._held: deque[Entry] = deque()
        self._hold_below = 0
        self._ready = 0

    async def append(self, events: Sequence[engine.Event], *, durable: bool) -> None:
        """See workflows.ports.Journal. Raises StaleLease when the run belongs to someone else."""
        if self._failure is not None:
            raise self._failure
        if not events:
            return
        entries = [Entry(event.seq, engine.encode(event)) for event in events]
        rows, waits = _rows(events, entries), waits_in(events)
        self._note(events)
        closing = closing_of(events[-1], self.usage, self.answer)
        self._held.extend(entries)
        # who is shown that a form waits must be able to fill it in
        if not durable and not waits:
            self._commit_later(Append(self._lease.run_id, self._lease.fence, rows, durable=False))
            self._show()
            return
        self._hold_below = entries[-1].seq
        follows = None if closing is None else self._on_end if self.ended else self._on_pause
        if closing is not None and follows is None:
            closing = closing._replace(settled=True)
        append = Append(self._lease.run_id, self._lease.fence, rows, closing, waits=waits)
        await self._commit(append, show_up_to=entries[-1].seq if follows is None else 0)
        if follows is not None:
            await follows()
            self._show_up_to(entries[-1].seq)

    def resume(self, stored: Sequence[engine.Event]) -> None:
        """Stand at the end of what is stored already."""
        if stored:
            self._note(stored)

    async def adopt(self, entries: Sequence[Entry]) -> list[engine.Event]:
        """Store what a former owner has shown but not stored. Returns it as events."""
        events = [engine.decode(entry.data) for entry in entries]
        rows = _rows(events, entries)
        await self._commit(Append(self._lease.run_id, self._lease.fence, rows, waits=waits_in(events)))
        self._note(events)
        return events

    def fail(self, error: BaseException) -> None:
        """Refuse everything from now on."""
        self._failure = self._failure or error

    def _note(self, events: Sequence[engine.Event]) -> None:
        self.last_seq = events[-1].seq
        self.ended = engine.is_terminal(events[-1])
        for event in events:
            match event:
                case engine.NodeFinished() if event.usage is not None:
                    self.usage = self.usage + event.usage
                case engine.AnswerDelta():
                    # Only a text that nothing else holds grows in place.
                    answer, self.answer = self.answer, ""
                    answer += event.text
                    self.answer = answer
                case engine.AnswerReset():
                    self.answer = event.text

    def _show(self) -> None:
        """Send what may be shown: everything up to the first event that waits for its commit."""
        shown: list[Entry] = []
        while self._held and (self._ready >= self._hold_below or self._held[0].seq <= self._ready):
            shown.append(self._held.popleft())
        if shown:
            ended = self.ended and not self._held
            self._feed.send(self._lease.run_id, self._lease.fence, shown, ended=ended)

    def _show_up_to(self, seq: int) -> None:
        self._ready = max(self._ready, seq)
        self._show()

    async def _commit(self, append: Append, *, show_up_to: int = 0) -> None:
        """Return once `append` is committed.

        What it made showable is shown even when the caller was cancelled meanwhile.
        """
        loop = asyncio.get_running_loop()
        committed: asyncio.Future[None] = loop.create_future()

        def settle(error: BaseException | None) -> None:
            if error is None:
                self._show_up_to(show_up_to)
            else:
                self.fail(error)
            if not committed.cancelled():
                committed.set_result(None)

        self._writer.submit(append, lambda error: _call_soon(loop, settle, error))
        await committed
        if self._failure is not None:
            raise self._failure

    def _commit_later(self, append: Append) -> None:
        loop = asyncio.get_running_loop()

        def done(error: BaseException | None) -> None:
            if error is not None:
                _call_soon(loop, self.fail, error)

        self._writer.submit(append, done)


def _rows(events: Sequence[engine.Event], entries: Sequence[Entry]) -> list[Row]:
    return [
        Row(entry.seq, str(event.__struct_config__.tag), entry.data.decode())
        for event, entry in zip(events, entries, strict=True)
    ]


def _call_soon(loop: asyncio.AbstractEventLoop, function: Callable[..., None], error: BaseException | None) -> None:
    """From the writer's thread, which may outlive the loop by a moment."""
    try:
        loop.call_soon_threadsafe(function, error)
    except RuntimeError:
        return
