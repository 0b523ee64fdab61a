"""What a socket may follow: a topic's name, who may read it, and its messages from a cursor.

Knows rows for the access check; everything after it needs no database but for a run's stored log.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from apps.accounts.services import Actor
from apps.knowledge import selectors as knowledge
from apps.runs import privacy, selectors
from apps.runs.models import Run
from apps.runs.streams import Reset, Tick, tail
from weft.events import connection, keys
from weft.events.hub import Rewound, current_hub
from weft.http.errors import WeftError, invalid, not_found

QUIET_S = 30.0


@dataclass(frozen=True, slots=True)
class Follow:
    """A topic the actor may read, from `after` on."""

    topic: str
    after: int
    # of a run whose values are kept back from the actor
    hidden_run: Run | None = None

    def messages(self) -> AsyncGenerator[bytes, None]:
        """What the socket sends, as JSON."""
        name, _, thing_id = self.topic.partition(":")
        if name == "run":
            return _run_messages(self.topic, thing_id, self.after, self.hidden_run)
        return _fact_messages(self.topic, self.after)


def open_topic(actor: Actor, topic: str, after: Any) -> Follow:
    """Check name, access and cursor. Raises WeftError; what is not there and what is not allowed look the same."""
    name, _, thing_id = topic.partition(":")
    if after is not None and (not isinstance(after, int) or after < 0):
        raise invalid("after", f"after must be the seq of an event, not {after!r}.")
    match name:
        case "run":
            run = selectors.get_run(actor.workspace_id, thing_id)
            return Follow(topic, after or 0, run if privacy.is_hidden_from(actor, run) else None)
        case "dataset":
            knowledge.dataset_by_id(actor, _uuid(thing_id))
            return Follow(topic, after if after is not None else _latest(topic))
        case _:
            raise WeftError("unknown_topic", f"There is no topic {topic!r}; topics are run:<id> and dataset:<id>.", 404)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise not_found("dataset") from error


def _latest(topic: str) -> int:
    """The cursor of someone who wants only what comes now."""
    top: Any = connection.client().xrevrange(keys.topic(topic), count=1)
    return int(top[0][0].partition(b"-")[0]) if top else 0


async def _run_messages(topic: str, run_id: str, after: int, hidden_run: Run | None) -> AsyncGenerator[bytes, None]:
    async with aclosing(tail(run_id, after)) as items:
        async for item in items:
            if isinstance(item, Reset):
                yield msgspec.json.encode({"topic": topic, "reset": True, "after": item.after})
            elif not isinstance(item, Tick):
                yield _message(topic, privacy.withheld_data(hidden_run, item.data) if hidden_run else item.data)


async def _fact_messages(topic: str, after: int) -> AsyncGenerator[bytes, None]:
    while True:
        try:
            async with current_hub().subscribe(keys.topic(topic), after) as facts:
                while True:
                    for entry in await facts.next(QUIET_S):
                        after = entry.seq
                        yield _message(topic, entry.data, seq=entry.seq)
        except Rewound:
            # facts are news, not a log: what was lost with Redis is in the rows that the client reads anyway
            after = 0


def _message(topic: str, data: bytes, *, seq: int | None = None) -> bytes:
    """Built by hand so that an event is not decoded and encoded again for every tab."""
    tail = b"" if seq is None else b',"seq":%d' % seq
    return b'{"topic":%s,"event":%s%s}' % (msgspec.json.encode(topic), data, tail)
