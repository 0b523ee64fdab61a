"""Hints of one run for the built-in model server: the clock and the history that `apps.runs.hints` reckons with."""

from __future__ import annotations

import logging
import time
from typing import Any
from uuid import UUID

from apps.runs import timings
from apps.runs.briefs import Brief
from apps.runs.hints import RunFacts, Timings, workflow_of
from apps.runs.models import Source
from weft.db.aio import call_db
from workflows.budget import active_seconds
from workflows.plan import Plan
from workflows.ports import ChatRequest

log = logging.getLogger(__name__)


class RunHints:
    """Asked once a model call. Time that the run was paused does not count as its age."""

    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        self._worked_before_s = active_seconds(brief.history)
        self._carried_at = time.monotonic()

    async def __call__(self, request: ChatRequest) -> dict[str, Any]:
        brief = self._brief
        assert brief.plan is not None, "a run without a plan asks nobody"
        app_id, version_id = brief.inputs.app_id, brief.inputs.workflow_id
        facts = RunFacts(
            run_id=brief.run_id,
            graph=f"{app_id}:{version_id or 'draft'}",
            in_background=brief.source == Source.TRIGGER,
            wall_s=_wall_s(brief.plan, brief.inputs.limits),
            plan=brief.plan,
        )
        known = await self._timings((UUID(app_id), UUID(version_id) if version_id else None))
        worked_s = self._worked_before_s + time.monotonic() - self._carried_at
        return workflow_of(facts, request, known, worked_s)

    async def _timings(self, graph: timings.Graph) -> Timings:
        known = timings.kept(graph)
        if known is not None:
            return known
        try:
            return await call_db(timings.read, graph)
        except Exception:
            log.exception("What earlier runs of app %s took could not be read; its models are asked without", graph[0])
            return Timings()


def _wall_s(plan: Plan, given: dict[str, Any] | None) -> float | None:
    """The narrower of the graph's limit and the run's own."""
    limits = [plan.limits.wall_s, (given or {}).get("wall_s")]
    return min((each for each in limits if isinstance(each, (int, float))), default=None)
