"""What a worker reads of a run before it carries it: the one query set of a fresh and of a recovered run alike.

Knows rows; knows nothing of leases and ports. Returns plain values, so no row lives on while the run does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from apps.runs.models import Run, Status
from apps.runs.selectors import ENDED, events_of
from apps.runs.waits import pending_signals
from apps.studio.plans import plan_for
from workflows import DefinitionError, Plan
from workflows import events as engine
from workflows.ports import RunInputs, Signal


@dataclass(frozen=True, slots=True)
class Brief:
    """A run as its carrier needs it. `plan` is None when the document does not compile: `faults` says why."""

    run_id: str
    workspace_id: str
    plan: Plan | None
    faults: str
    inputs: RunInputs
    history: list[engine.Event]
    ended: bool
    paused: bool
    stopping: bool
    signals: list[Signal]


def load(run_id: str, *, with_history: bool) -> Brief:
    """The run's brief. A run that was never carried has no history worth a query."""
    run = Run.objects.select_related("version", "app").get(id=run_id)
    document = run.version.document if run.version is not None else run.document or {}
    plan, faults = None, ""
    try:
        plan_hash = run.version.plan_hash if run.version is not None else None
        plan = plan_for(document, workspace_id=run.workspace_id, pins=run.pins, plan_hash=plan_hash)
    except DefinitionError as error:
        faults = error.message
    return Brief(
        run_id=run_id,
        workspace_id=str(run.workspace_id),
        plan=plan,
        faults=faults,
        inputs=run_inputs(run),
        history=events_of(run_id) if with_history else [],
        ended=run.status in ENDED,
        paused=run.status == Status.PAUSED,
        signals=pending_signals(run_id) if with_history else [],
        stopping=run.stop_requested_at is not None,
    )


def run_inputs(run: Run) -> RunInputs:
    """The stored inputs as the engine takes them."""
    stored: dict[str, Any] = run.inputs
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
