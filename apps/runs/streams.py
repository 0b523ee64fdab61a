"""Follow a run from a cursor to its end: stored rows first, then the live stream, and rows again wherever the stream
has a gap.

Knows both copies of the log and which one is the truth; knows nothing of HTTP. While it waits it holds no database
connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, NamedTuple

import msgspec
from redis.exceptions import RedisError

from apps.runs import blobs
from apps.runs.selectors import answer_at, last_seq_of, log_page
from weft.db.aio import call_db
from weft.events import keys
from weft.events.entry import Entry
from weft.events.hub import Rewound, Subscription, current_hub

# How long a quiet stream is trusted before the rows are asked whether the run has ended meanwhile.
QUIET_S = 15.0
GAP_TRIES, GAP_PAUSE_S = 40, 0.05
REWOUND = "rewound"
TERMINAL = (b"run_finished", b"run_failed", b"run_stopped")


class Tick(NamedTuple):
    """Nothing happened for a while: send a heartbeat."""


class Reset(NamedTuple):
    """The reader has seen events that were lost with a worker and Redis at once.

    It must read the run again from `after`.
    """

    after: int


async def tail_run(run_id: str, after: int = 0, *, seen: int = 0) -> AsyncIterator[dict[str, Any]]:
    """Every event after `after` as a dict, in order, until the run has ended. A paused run is waited for.

    Outputs of the run that are kept apart from the log are put back in their place.

    Where `tail` gives a Reset, this gives `{"type": "rewound", "seq": N, "text": answer}`, which is in no log: events
    after N that were given before did not happen, the answer up to N is `text`, and other events after N follow.
    `seen` is the cursor of somebody behind the reader, who began at `after` to fold the log for him; it may be void.
    """
    async with aclosing(tail(run_id, after, seen=seen)) as items:
        async for item in items:
            match item:
                case Entry(seq=seq, data=data):
                    if seq < seen and is_terminal(data):
                        yield await _rewound(run_id, seq - 1)
                    event = msgspec.json.decode(data)
                    if is_terminal(data) and blobs.MARK in data:
                        event["outputs"] = await call_db(blobs.restored_all, run_id, event["outputs"])
                    yield event
                case Reset(after=last):
                    seen = 0
                    yield await _rewound(run_id, last)


async def went_on(run_id: str, seq: int) -> bool:
    """Whether the pause at `seq` is over: then a reader of the past goes on reading."""
    return await call_db(last_seq_of, run_id) > seq


async def _rewound(run_id: str, seq: int) -> dict[str, Any]:
    return {"type": REWOUND, "seq": seq, "text": await call_db(answer_at, run_id, seq)}


async def tail(
    run_id: str, after: int = 0, *, seen: int = 0, quiet_s: float = QUIET_S
) -> AsyncGenerator[Entry | Tick | Reset, None]:
    """The same as raw JSON.

    Gives a Tick whenever `quiet_s` pass without an event, and a Reset where the cursor (or `seen`) is void.
    """
    cursor = _Cursor(run_id, after, seen)
    while not cursor.ended:
        async for entry in cursor.stored():
            yield entry
        if cursor.ended:
            if not cursor.is_past_end:
                return
            yield Reset(cursor.rewind_before_end())
            continue
        try:
            async with current_hub().subscribe(keys.run_stream(run_id), cursor.last) as live:
                if cursor.is_beyond_rows and await _ends_before(live, cursor.claimed):
                    yield Reset(cursor.rewind())
                    continue
                async with aclosing(_follow(cursor, live, quiet_s)) as items:
                    async for item in items:
                        yield item
        except Rewound:
            continue


async def _follow(cursor: _Cursor, live: Subscription, quiet_s: float) -> AsyncGenerator[Entry | Tick, None]:
    """What is new, until the run's end.

    Raises Rewound when the live stream cannot be trusted to go on from the cursor.
    """
    while not cursor.ended:
        batch = await live.next(quiet_s)
        if not batch:
            # the end may have been stored while Redis was away
            async for entry in cursor.stored():
                yield entry
            yield Tick()
        for entry in batch:
            if entry.seq > cursor.last + 1:
                async for missed in _missed(cursor, entry.seq):
                    yield missed
            if entry.seq > cursor.last:
                cursor.pass_over(entry)
                yield entry


async def _missed(cursor: _Cursor, before: int) -> AsyncGenerator[Entry, None]:
    """The entries that the live stream left out; their commit may be a moment away."""
    for _ in range(GAP_TRIES):
        async for entry in cursor.stored(before=before):
            yield entry
        if cursor.last + 1 >= before:
            return
        await asyncio.sleep(GAP_PAUSE_S)
    raise Rewound(str(before))


async def _ends_before(live: Subscription, last: int) -> bool:
    try:
        return await live.top() < last
    except (RedisError, OSError):
        return False


class _Cursor:
    """Where one reader stands."""

    def __init__(self, run_id: str, after: int, seen: int) -> None:
        self.last = after
        self._seen = seen
        self.ended = False
        self._run_id = run_id
        self._stored_last = 0

    @property
    def claimed(self) -> int:
        """The last event that somebody says he has seen."""
        return max(self.last, self._seen)

    @property
    def is_beyond_rows(self) -> bool:
        """The reader has seen more than is stored: usual for a moment, void when the live stream lacks it too."""
        return self._stored_last < self.claimed

    async def stored(self, *, before: int | None = None) -> AsyncIterator[Entry]:
        """The stored entries after the cursor, which moves along."""
        while True:
            page = await call_db(log_page, self._run_id, self.last)
            for seq, data in page.entries:
                if before is None or seq < before:
                    entry = Entry(seq, data)
                    self.pass_over(entry)
                    yield entry
            self._stored_last = page.last_seq
            self.ended = self.ended or page.ended
            if not page.more:
                return

    def pass_over(self, entry: Entry) -> None:
        self.last = entry.seq
        self.ended = self.ended or is_terminal(entry.data)

    @property
    def is_past_end(self) -> bool:
        """The run is over, and the reader has seen more."""
        return self._stored_last < self.last

    def rewind(self) -> int:
        """Go back to the end of what is stored."""
        self.last, self._seen = self._stored_last, 0
        return self.last

    def rewind_before_end(self) -> int:
        """Go back to before the event that ended the run, so that it is given again."""
        self.last, self._seen, self.ended = max(self._stored_last - 1, 0), 0, False
        return self.last


def is_terminal(data: bytes) -> bool:
    """Whether this event, as the engine encoded it (its type comes first), ends a run."""
    return data[:40].partition(b'"type":"')[2].startswith(TERMINAL)
