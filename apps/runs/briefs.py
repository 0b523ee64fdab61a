"""What a worker reads of a run before it carries it: the one query set of a fresh and of a recovered run alike.

Knows rows; knows nothing of leases and ports. Returns plain values, so no row lives on while the run does.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from apps.runs.models import Run, Status
from apps.runs.selectors import ENDED, events_of
from apps.runs.waits import pending_signals
from apps.studio.plans import plan_for
from workflows import DefinitionError, Plan
from workflows import events as engine
from workflows.events import ErrorInfo
from workflows.ports import RunInputs, Signal

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Brief:
    """A run as its carrier needs it. `plan` is None when the document does not compile: `refusal` says why."""

    run_id: str
    workspace_id: str
    source: str
    plan: Plan | None
    refusal: ErrorInfo | None
    inputs: RunInputs
    in_conversation: bool
    history: list[engine.Event]
    ended: bool
    paused: bool
    stopping: bool
    signals: list[Signal]
    readers: list[UUID] | None


def load(run_id: str, *, with_history: bool) -> Brief:
    """The run's brief. A run that was never carried has no history worth a query."""
    row = _read(run_id)
    plan, refusal = _plan_of(run_id, row)
    return Brief(
        run_id=run_id,
        workspace_id=str(row.workspace_id),
        source=row.source,
        plan=plan,
        refusal=refusal,
        inputs=_run_inputs(row),
        in_conversation=row.conversation_id is not None,
        history=events_of(run_id) if with_history else [],
        ended=row.status in ENDED,
        paused=row.status == Status.PAUSED,
        signals=pending_signals(run_id) if with_history else [],
        stopping=row.stopping,
        readers=[UUID(each) for each in json.loads(row.reader_ids)] if row.reader_ids is not None else None,
    )


def _plan_of(run_id: str, row: _Row) -> tuple[Plan | None, ErrorInfo | None]:
    """The plan, or why there is none. Only a database that fails is worth another try: that is raised."""
    try:
        plan = plan_for(
            json.loads(row.document), workspace_id=row.workspace_id, pins=json.loads(row.pins), plan_hash=row.plan_hash
        )
    except DefinitionError as error:
        return None, ErrorInfo("definition_invalid", error.message)
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:
        log.exception("The graph of run %s could not be made ready", run_id)
        reason = f"{type(error).__name__}: {str(error)[:200]}" if str(error) else type(error).__name__
        return None, ErrorInfo("plan_failed", f"The graph could not be made ready to run. {reason}")
    return plan, None


class _Row(NamedTuple):
    """Columns of a run and its version; `document`, `pins`, `inputs` and `reader_ids` as JSON."""

    workspace_id: UUID
    app_id: UUID
    version_id: UUID | None
    plan_hash: str | None
    document: str
    pins: str
    inputs: str
    source: str
    status: str
    stopping: bool
    conversation_id: UUID | None
    end_user: str
    reader_ids: str | None


def _read(run_id: str) -> _Row:
    """In one plain statement: composing it from models takes Django longer than many a run takes in all."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT run.workspace_id, run.app_id, run.version_id, version.plan_hash,
                   COALESCE(version.document::text, run.document::text), run.pins::text, run.inputs::text,
                   run.source, run.status, run.stop_requested_at IS NOT NULL, run.conversation_id, run.end_user,
                   run.reader_ids::text
              FROM runs_run AS run LEFT JOIN studio_version AS version ON version.id = run.version_id
             WHERE run.id = %s
            """,
            [run_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise Run.DoesNotExist(run_id)
    return _Row(*row)


def _run_inputs(run: _Row) -> RunInputs:
    """The stored inputs as the engine takes them."""
    stored: dict[str, Any] = json.loads(run.inputs)
    facts: dict[str, Any] = stored.get("sys") or {}
    return RunInputs(
        inputs=stored.get("inputs") or {},
        query=stored.get("query") or "",
        files=stored.get("files") or [],
        conversation=stored.get("conversation") or {},
        history=stored.get("history") or [],
        conversation_id=str(facts.get("conversation_id") or run.conversation_id or ""),
        dialogue_count=int(facts.get("dialogue_count") or 0),
        user_id=str(facts.get("user_id") or run.end_user),
        app_id=str(run.app_id),
        workflow_id=str(run.version_id or ""),
        root=stored.get("root") or "",
        limits=stored.get("limits"),
    )


def now() -> str:
    """The time as events write it."""
    return timezone.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
