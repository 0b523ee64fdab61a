"""Trigger (schedule): where a run begins that a calendar starts.

Knows its schedule and says what is wrong with it; when it fires is `workflows.schedule`, and waking up then is the
host's business, which starts a run at this root with the input `scheduled_at`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from workflows.context import Context
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.fields import NodeConfig, widget
from workflows.schedule import check_schedule
from workflows.scope import Scope
from workflows.template import INPUTS, SYS


class Config(NodeConfig):
    """When runs begin."""

    cron: str = Field(default="0 9 * * *", max_length=200, json_schema_extra=widget("cron"))
    timezone: str = Field(default="UTC", max_length=64, json_schema_extra=widget("timezone"))


class TriggerSchedule(NodeType[Config]):
    """See the module."""

    kind = "trigger-schedule"
    family = "io"
    config = Config
    outputs = (Output("timestamp", "number"), Output("scheduled_at", "string"))
    accepts_input = False
    modes = ("workflow",)
    root = True

    def build(self, config: Config, scope: Scope) -> Step:
        for fault in check_schedule(config.cron, config.timezone):
            scope.fault(fault.code, fault.message, fault.field)
        return Step(inline=_run)


def _run(ctx: Context) -> Result:
    """When the run began, and when it was due: the same where nobody says otherwise, as in a run by hand."""
    given: dict[str, Any] = ctx.pool[INPUTS] or {}
    timestamp = (ctx.pool[SYS] or {}).get("timestamp", 0)
    due = given.get("scheduled_at") or datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Result({"timestamp": timestamp, "scheduled_at": str(due)})


NODE = TriggerSchedule()
