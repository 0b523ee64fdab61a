"""Wait: goes on after a time, at a moment, or when something outside happens.

Knows until when; a long wait pauses the run, so nothing is held meanwhile, and who wakes it is the host's business.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from workflows.context import Context
from workflows.errors import NodeError
from workflows.forms import TIMEOUT
from workflows.kinds import NodeType, Output, Result, Step, Waiting
from workflows.nodes.fields import NodeConfig, Template, widget
from workflows.ports import Signal
from workflows.scope import Scope
from workflows.values import parse_number

_SHORT_S = 2.0
"""Waits up to this long are slept through: pausing and starting again would cost more."""
_YEAR_S = 366 * 86_400
_LATEST = 253_402_300_799  # the last second of the year 9999


class Config(NodeConfig):
    """What is waited for."""

    mode: Literal["duration", "until", "event"] = Field(default="duration", json_schema_extra=widget("select"))
    seconds: float = Field(default=60, ge=0, le=_YEAR_S, json_schema_extra=widget("number"))
    until: Template = Field(default="", description="A moment: ISO time, or seconds since 1970.")
    event: Template = Field(default="", description="The name of the event.")
    timeout_s: float | None = Field(default=None, gt=0, le=_YEAR_S, json_schema_extra=widget("number"))


class Wait(NodeType[Config]):
    """See the module."""

    kind = "wait"
    family = "logic"
    config = Config
    outputs = (Output("resumed_at", "string"), Output("timed_out", "boolean"), Output("data", "object"))

    def handles_of(self, config: Config) -> tuple[str, ...] | None:
        return ("source", TIMEOUT) if _may_time_out(config) else ("source",)

    def build(self, config: Config, scope: Scope) -> Step:
        if config.mode == "event":
            return _for_event(config, scope)
        if config.mode == "until":
            return _until(config, scope)
        return Step(task=lambda ctx: _wait(ctx, ctx.ports.clock.now() + config.seconds), resume=_after_time)


def _may_time_out(config: Config) -> bool:
    return config.mode == "event" and config.timeout_s is not None


def _until(config: Config, scope: Scope) -> Step:
    if not config.until.strip():
        scope.soft_fault("until_missing", "No moment is given to wait for.", "until")
    template = scope.template(config.until, "until")

    async def run(ctx: Context) -> Result | Waiting:
        return await _wait(ctx, moment(template.render(ctx.pool)))

    return Step(task=run, resume=_after_time)


def _for_event(config: Config, scope: Scope) -> Step:
    if not config.event.strip():
        scope.soft_fault("event_missing", "The event to wait for has no name.", "event")
    template, timeout_s = scope.template(config.event, "event"), config.timeout_s
    branches = _may_time_out(config)

    def run(ctx: Context) -> Waiting:
        name = template.render(ctx.pool).strip()
        if not name:
            raise NodeError("event_missing", "The name of the event to wait for is empty.", field="event")
        expires_at = None if timeout_s is None else round(ctx.ports.clock.now() + timeout_s, 3)
        return Waiting({"type": "event", "event": name, "expires_at": expires_at}, {"event": name})

    def resume(ctx: Context, wait: dict[str, Any], signal: Signal) -> Result:
        timed_out = signal.type == "timeout"
        handle = (TIMEOUT if timed_out else "source") if branches else None
        return Result(_outputs(ctx, signal.data, timed_out), {"event": wait["event"]}, handle=handle)

    return Step(inline=run, resume=resume)


async def _wait(ctx: Context, until: float) -> Result | Waiting:
    clock = ctx.ports.clock
    left = until - clock.now()
    inputs = {"until": _iso(until)}
    if left > _SHORT_S:
        return Waiting({"type": "time", "expires_at": round(until, 3)}, inputs)
    if left > 0:
        await clock.sleep(left)
    return Result(_outputs(ctx, {}, False), inputs)


def _after_time(ctx: Context, wait: dict[str, Any], signal: Signal) -> Result:
    return Result(_outputs(ctx, signal.data, False), {"until": _iso(wait["expires_at"])})


def _outputs(ctx: Context, data: dict[str, Any], timed_out: bool) -> dict[str, Any]:
    return {"resumed_at": _iso(ctx.ports.clock.now()), "timed_out": timed_out, "data": data}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(min(seconds, _LATEST), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> float:
    """The seconds since 1970 of an ISO time (UTC where it names no zone) or a number. Raises NodeError."""
    text = text.strip()
    number = parse_number(text) if len(text) <= 40 else None
    if number is None:
        try:
            time = datetime.fromisoformat(text)
            number = (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            number = -1
    if not 0 <= number <= _LATEST:
        message = f"{text[:60]!r} is no moment. Write an ISO time such as 2026-01-31T09:00:00Z, or seconds since 1970."
        raise NodeError("moment_invalid", message, field="until", retryable=False)
    return number


NODE = Wait()
