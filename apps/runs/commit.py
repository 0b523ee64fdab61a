"""One group commit: the events of many runs in one transaction, each under its fencing token.

Knows SQL; knows nothing of threads or Redis. The row lock taken on each run is what makes fencing sound: a lease taken
meanwhile waits for this transaction, and an append that comes after it finds another fence and stores nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from django.db import connection, transaction
from psycopg.types.json import Jsonb

from apps.runs.waits import Waits
from apps.runs.waits import write as write_waits
from weft.db.text import storable
from workflows import events as engine

STATUS_OF: dict[type[Any], str] = {
    engine.RunFinished: "finished",
    engine.RunFailed: "failed",
    engine.RunStopped: "stopped",
    engine.RunPaused: "paused",
}


class Row(NamedTuple):
    """One event as it is stored."""

    seq: int
    type: str
    payload: str


class Closing(NamedTuple):
    """The columns that a run's end (or pause) fills, read from its event. With `settled` nothing is owed to the run
    after it, and its lease ends too.
    """

    status: str
    outputs: dict[str, Any] | None
    answer: str
    error: dict[str, Any] | None
    usage: dict[str, Any]
    elapsed_ms: float | None
    last_seq: int
    settled: bool = False


class Append(NamedTuple):
    """Rows for one run by the holder of `fence`, in order."""

    run_id: str
    fence: int
    rows: Sequence[Row]
    closing: Closing | None = None
    durable: bool = True
    waits: Waits = Waits()


def closing_of(event: engine.Event, usage: engine.Usage | None = None, answer: str = "") -> Closing | None:
    """What to store of an event that ends or pauses a run; None for any other.

    `usage` is what was used so far, `answer` what was said; an event that tells them itself knows better.
    """
    status = STATUS_OF.get(type(event))
    if status is None:
        return None
    fields = engine.to_dict(event)
    used = fields.get("usage") or (msgspec.to_builtins(usage) if usage else {})
    return Closing(
        status=status,
        outputs=storable(fields.get("outputs")),
        answer=storable(fields.get("answer") or answer),
        error=storable(fields.get("error")),
        usage=used,
        elapsed_ms=fields.get("elapsed_ms"),
        last_seq=event.seq,
    )


def commit(appends: Sequence[Append]) -> set[str]:
    """Store all of it, or nothing when it raises. Returns the runs whose fence was stale; nothing of theirs is stored.

    Repeating a commit whose fate is unknown is safe: rows that are there stay as they are.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if not any(append.durable for append in appends):
            # what nobody waits for may be lost with the machine, never with the process
            cursor.execute("SET LOCAL synchronous_commit = off")
        fences = {append.run_id: append.fence for append in appends}
        cursor.execute(
            """
            SELECT run.id FROM runs_run AS run
              JOIN unnest(%s::uuid[], %s::int[]) AS mine(id, fence) ON run.id = mine.id AND run.fence = mine.fence
             ORDER BY run.id FOR NO KEY UPDATE OF run
            """,
            [list(fences), list(fences.values())],
        )
        held = {str(run_id) for (run_id,) in cursor.fetchall()}
        _insert(cursor, [append for append in appends if append.run_id in held])
        for append in appends:
            if append.waits and append.run_id in held:
                write_waits(cursor, append.run_id, append.waits)
            if append.closing is not None and append.run_id in held:
                _close(cursor, append.run_id, append.closing)
    return set(fences) - held


def _insert(cursor: Any, appends: Sequence[Append]) -> None:
    rows = [{"run_id": append.run_id, **row._asdict()} for append in appends for row in append.rows]
    if not rows:
        return
    # one text: an array is quoted in Python, element by element, which takes longer than storing it
    cursor.execute(
        """
        INSERT INTO runs_runevent (run_id, seq, type, payload)
        SELECT * FROM json_to_recordset(%s) AS event(run_id uuid, seq int, type text, payload text)
            ON CONFLICT (run_id, seq) DO NOTHING
        """,
        [msgspec.json.encode(rows).decode()],
    )


def _close(cursor: Any, run_id: str, closing: Closing) -> None:
    """A pause that a signal has overtaken is none: the run is queued again, and what it waited for is delivered."""
    cursor.execute(
        """
        WITH waits AS (
            SELECT COALESCE(bool_or(signal IS NOT NULL), false) AS signalled,
                   min(expires_at) FILTER (WHERE signal IS NULL) AS due_at
              FROM runs_wait WHERE run_id = %(run_id)s AND resumed_at IS NULL)
        UPDATE runs_run
           SET status = CASE WHEN %(paused)s AND waits.signalled THEN 'queued' ELSE %(status)s END,
               outputs = %(outputs)s, answer = %(answer)s, error = %(error)s, usage = %(usage)s,
               elapsed_ms = %(elapsed_ms)s, last_seq = %(last_seq)s,
               finished_at = CASE WHEN %(paused)s THEN NULL ELSE clock_timestamp() END,
               lease_expires_at = CASE WHEN %(settled)s THEN NULL ELSE lease_expires_at END,
               calm_fence = CASE WHEN %(paused)s THEN fence ELSE calm_fence END,
               wake_at = CASE WHEN %(paused)s AND NOT waits.signalled THEN waits.due_at END
          FROM waits WHERE id = %(run_id)s
        """,
        {
            "run_id": run_id,
            "paused": closing.status == "paused",
            "settled": closing.settled,
            "status": closing.status,
            "outputs": Jsonb(closing.outputs) if closing.outputs is not None else None,
            "answer": closing.answer,
            "error": Jsonb(closing.error) if closing.error is not None else None,
            "usage": Jsonb(closing.usage),
            "elapsed_ms": closing.elapsed_ms,
            "last_seq": closing.last_seq,
        },
    )
