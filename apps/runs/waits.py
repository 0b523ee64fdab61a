"""What the runs of this process wait for, written down in the transaction that stores the event that says so.

Knows the columns of a wait and SQL; knows nothing of who answers. Whoever calls holds the rows of the runs.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.conf import settings
from psycopg.types.json import Jsonb

from apps.runs.models import Wait
from weft.db.text import storable
from workflows import events as engine
from workflows.ports import Signal


class Opened(NamedTuple):
    """A wait that begins."""

    node_id: str
    frame: str
    facts: dict[str, Any]


class Waits(NamedTuple):
    """What a batch of events says of waits: those that began, and the keys of those that are over."""

    opened: Sequence[Opened] = ()
    resumed: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.opened or self.resumed)

    def then(self, later: Waits) -> Waits:
        return Waits([*self.opened, *later.opened], [*self.resumed, *later.resumed])


def waits_in(events: Sequence[engine.Event]) -> Waits:
    """What these events say of waits."""
    opened = [
        Opened(event.node_id, event.frame, event.wait) for event in events if isinstance(event, engine.NodeWaiting)
    ]
    return Waits(opened, [event.signal["key"] for event in events if isinstance(event, engine.NodeResumed)])


def token_of(run_id: str, key: str) -> str:
    """The token of a wait: unguessable, and the same in every process, so that a stream can tell it without a query."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"wait:{run_id}:{key}".encode(), hashlib.sha256)
    return urlsafe_b64encode(digest[:24]).decode()


def write(cursor: Any, run_id: str, waits: Waits) -> None:
    """Store them. Repeating it changes nothing."""
    if waits.opened:
        cursor.executemany(
            """
            INSERT INTO runs_wait
                   (id, created_at, updated_at, run_id, key, type, node_id, frame, facts, token, expires_at)
            VALUES (%s, clock_timestamp(), clock_timestamp(), %s, %s, %s, %s, %s, %s, %s, to_timestamp(%s))
                ON CONFLICT (run_id, key) DO NOTHING
            """,
            [_row(run_id, wait) for wait in waits.opened],
        )
    if waits.resumed:
        cursor.execute(
            "UPDATE runs_wait SET resumed_at = clock_timestamp() WHERE run_id = %s AND key = ANY(%s)",
            [run_id, list(waits.resumed)],
        )


def _row(run_id: str, wait: Opened) -> list[Any]:
    key, kind = wait.facts["key"], wait.facts["type"]
    facts = Jsonb(storable(wait.facts))
    expires_at = wait.facts.get("expires_at")
    return [uuid.uuid4(), run_id, key, kind, wait.node_id, wait.frame, facts, token_of(run_id, key), expires_at]


def pending_signals(run_id: str) -> list[Signal]:
    """The signals that came and that the log does not have yet, in order."""
    rows = Wait.objects.filter(run_id=run_id, signal__isnull=False, resumed_at=None).order_by("signalled_at", "id")
    return [Signal(**signal) for signal in rows.values_list("signal", flat=True)]
