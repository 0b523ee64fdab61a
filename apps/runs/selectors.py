"""Reads of runs and their logs, always within a workspace or an app."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Max, QuerySet

from apps.runs.errors import not_found
from apps.runs.models import Run, RunEvent, Source, Status, Wait
from workflows import events as engine
from workflows import state

PAGE = 500
ENDED = frozenset({Status.FINISHED.value, Status.FAILED.value, Status.STOPPED.value})


class LogPage(NamedTuple):
    """Part of a stored log as raw JSON, in order.

    `last_seq` is the end of what is stored; `ended`: nothing can follow.
    """

    entries: list[tuple[int, bytes]]
    more: bool
    last_seq: int
    ended: bool


def runs_of(app_id: UUID, *, status: str | None = None, source: str | None = None) -> QuerySet[Run]:
    """The runs of an app that the caller has found in his workspace. Documents and logs are left out."""
    rows = Run.objects.filter(app_id=app_id).select_related("version").defer("document")
    asked = {"status": status, "source": source}
    return rows.filter(**{name: value for name, value in asked.items() if value})


def get_run(workspace_id: UUID, run_id: UUID | str) -> Run:
    """The run, or 404 when it is none of this workspace's."""
    found = _uuid(run_id)
    rows = Run.objects.select_related("version").filter(workspace_id=workspace_id)
    run = rows.filter(id=found).first() if found is not None else None
    if run is None:
        raise not_found("run")
    return run


def find_run(run_id: UUID | str, *, app_id: UUID | str) -> Run | None:
    """The run of this app for those outside that may know of it, or None: what members try in the editor is theirs."""
    found = _uuid(run_id)
    runs = Run.objects.filter(id=found, app_id=app_id).exclude(source=Source.EDITOR)
    return runs.first() if found else None


def open_waits(run: Run) -> QuerySet[Wait]:
    """What the run waits for now."""
    return Wait.objects.filter(run=run, signal__isnull=True, resumed_at=None).order_by("created_at", "id")


def log_of(run: Run) -> list[dict[str, Any]]:
    """Every event of the run so far, in order."""
    payloads = RunEvent.objects.filter(run=run).order_by("seq").values_list("payload", flat=True)
    return [msgspec.json.decode(payload) for payload in payloads]


def events_of(run_id: str) -> list[engine.Event]:
    """The stored log as the engine reads it."""
    payloads = RunEvent.objects.filter(run_id=run_id).order_by("seq").values_list("payload", flat=True)
    return [engine.decode(payload) for payload in payloads]


def state_of(run: Run, shown: Callable[[dict[str, Any]], dict[str, Any]] | None = None) -> dict[str, Any]:
    """The run folded from its log: what a client folds from the events it got, each as it is `shown` to him."""
    if shown is None:
        return state.fold(events_of(str(run.id))).to_dict()
    return state.fold(engine.decode(shown(event)) for event in log_of(run)).to_dict()


def answer_at(run_id: str, seq: int) -> str:
    """The answer as it stood after the event `seq`."""
    rows = RunEvent.objects.filter(run_id=run_id, seq__lte=seq, type__in=["answer_delta", "answer_reset"])
    answer = ""
    for payload in rows.order_by("seq").values_list("payload", flat=True):
        event = msgspec.json.decode(payload)
        answer = event["text"] if event["type"] == "answer_reset" else answer + event["text"]
    return answer


def last_seq_of(run_id: UUID | str) -> int:
    return RunEvent.objects.filter(run_id=run_id).aggregate(last=Max("seq"))["last"] or 0


def log_page(run_id: str, after: int) -> LogPage:
    """At most one page of the log after `after`. A run's end is kept back while its worker still calls the hooks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq, payload FROM runs_runevent WHERE run_id = %s AND seq > %s ORDER BY seq LIMIT %s",
            [run_id, after, PAGE],
        )
        entries = [(seq, payload.encode()) for seq, payload in cursor.fetchall()]
        if len(entries) == PAGE:
            return LogPage(entries, more=True, last_seq=entries[-1][0], ended=False)
        # asked after the events: a run that ends in between is found unended here, and its end is seen by the reader
        # later
        cursor.execute(
            """
            SELECT status = ANY(%s), last_seq, COALESCE(lease_expires_at > clock_timestamp(), false),
                   (SELECT COALESCE(max(seq), 0) FROM runs_runevent WHERE run_id = %s)
              FROM runs_run WHERE id = %s
            """,
            [list(ENDED), run_id, run_id],
        )
        is_over, last_seq, is_telling, stored_last = cursor.fetchone() or (True, after, False, after)
    if is_over and is_telling:
        # also for a reader who stands beyond it: taken back, he is still to be given the end
        stored_last = min(stored_last, last_seq - 1)
        if entries and entries[-1][0] == last_seq:
            entries.pop()
    last = entries[-1][0] if entries else after
    return LogPage(entries, more=False, last_seq=stored_last, ended=is_over and not is_telling and last >= last_seq)


def last_runs(app_ids: Sequence[UUID]) -> dict[UUID, Run]:
    """The newest run of each app."""
    newest = Run.objects.filter(app_id__in=app_ids).order_by("app_id", "-created_at").distinct("app_id")
    return {run.app_id: run for run in newest.only("app_id", "status", "created_at")}


def _uuid(text: UUID | str) -> UUID | None:
    try:
        return text if isinstance(text, UUID) else UUID(text)
    except ValueError:
        return None
