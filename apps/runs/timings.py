"""What recent runs of a graph took, read from their logs and kept for a while in the process.

Knows rows and medians; what they are good for, `hints` knows.
"""

from __future__ import annotations

import math
import statistics
import time
from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from apps.runs.hints import Timings, place_of
from apps.runs.models import Run, Status

N_RUNS = 20
N_EVENTS = 2000
KEEP_S = 600.0
KEEP = 256

Graph = tuple[UUID, UUID | None]
"""An app and a version of it; None: its draft."""

_kept: OrderedDict[Graph, tuple[float, Timings]] = OrderedDict()
_lock = Lock()


class Done(msgspec.Struct):
    """What matters here of the end of a node, or of a step in one."""

    node_id: str
    elapsed_ms: float
    frame: str = ""
    kind: str = ""
    attempt: int = 1


class Entry(NamedTuple):
    run_id: UUID
    type: str
    done: Done


def kept(graph: Graph) -> Timings | None:
    """What this process knows already, if it is not too old."""
    with _lock:
        found = _kept.get(graph)
    return found[1] if found is not None and found[0] > time.monotonic() else None


def read(graph: Graph) -> Timings:
    """From the last finished runs, at most `N_EVENTS` entries of their logs. Reads the database, and keeps it."""
    timings = timings_in(_entries(graph))
    with _lock:
        _kept[graph] = (time.monotonic() + KEEP_S, timings)
        _kept.move_to_end(graph)
        while len(_kept) > KEEP:
            _kept.popitem(last=False)
    return timings


def timings_in(entries: Iterable[Entry]) -> Timings:
    """`entries` are the ends of nodes and steps, each run's in order. Tools that one reply asks for run at once."""
    nodes: dict[str, list[float]] = {}
    pauses: dict[str, list[float]] = {}
    paused: dict[tuple[UUID, str, str, int], float] = {}
    for run_id, kind, done in entries:
        place = place_of(done.frame, done.node_id)
        agent = (run_id, done.frame, done.node_id, done.attempt)
        if kind == "node_finished":
            nodes.setdefault(place, []).append(done.elapsed_ms)
        elif done.kind == "model":
            if agent in paused:
                pauses.setdefault(place, []).append(paused.pop(agent))
        else:
            paused[agent] = max(paused.get(agent, 0.0), done.elapsed_ms)
    return Timings(
        {place: statistics.median(took) for place, took in nodes.items()},
        {place: sorted(took)[math.ceil(0.8 * len(took)) - 1] for place, took in pauses.items()},
    )


def _entries(graph: Graph) -> list[Entry]:
    app_id, version_id = graph
    runs = Run.objects.filter(app_id=app_id, version_id=version_id, status=Status.FINISHED)
    run_ids = list(runs.order_by("-created_at").values_list("id", flat=True)[:N_RUNS])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT run_id, type, payload FROM runs_runevent
             WHERE run_id = ANY(%s) AND type IN ('node_finished', 'node_step')
             ORDER BY run_id, seq LIMIT %s
            """,
            [run_ids, N_EVENTS],
        )
        return [Entry(run_id, kind, msgspec.json.decode(text, type=Done)) for run_id, kind, text in cursor.fetchall()]
