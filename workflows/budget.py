"""What one run may use up, what it has used, and the error when it wants more.

Knows limits and events; knows nothing of timers or of the driver that stops the run. A recovered run is counted from
its log, so a crash gives no second budget; time spent paused, or dead between a crash and the recovery, is free.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from workflows import events as ev
from workflows.definition import Limits
from workflows.errors import WorkflowError

CODE = "budget_exceeded"
_NAMES = tuple(Limits.model_fields)
_NOTHING = ev.Usage()


def read_limits(value: Mapping[str, Any] | None) -> Limits:
    """Limits as they were written. Raises WorkflowError naming the limit that is none."""
    try:
        return Limits.model_validate(dict(value or {}))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        message = f"The limit {name!r} is wrong: {first['msg']}. Limits are {', '.join(_NAMES)}; each is above zero."
        raise WorkflowError("limits_invalid", message, field=f"limits.{name}") from error


def tighten(limits: Limits, given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The limits of one run: those of its definition, made narrower but never wider by what it is started with; None
    when nothing is limited. Raises WorkflowError like `read_limits`.
    """
    found = limits.model_dump(exclude_none=True)
    if given:
        for name, value in read_limits(given).model_dump(exclude_none=True).items():
            found[name] = min(value, found.get(name, value))
    return found or None


class Budget:
    """One run's limits and what it has used of them."""

    __slots__ = ("_in_steps", "_open", "active_s", "limits", "starts", "usage")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.usage = _NOTHING
        self.starts = 0
        self.active_s = 0.0
        # Attempts under way, so that one begun again after a crash counts once; usage their steps reported so far.
        self._open: dict[tuple[str, str], int] = {}
        self._in_steps: dict[tuple[str, str], ev.Usage] = {}

    def worked(self, history: Sequence[ev.Event]) -> None:
        """Count the time a log says the run has worked before."""
        if self.limits.wall_s is not None:
            self.active_s = active_seconds(history)

    def observe(self, event: ev.Event) -> None:
        """Count what an event used."""
        match event:
            case ev.NodeStarted():
                place = (event.frame, event.node_id)
                if self._open.get(place) != event.attempt:
                    self.starts += 1
                    self._open[place] = event.attempt
            case ev.NodeStep():
                if event.usage is not None:
                    place = (event.frame, event.node_id)
                    self.usage += event.usage
                    self._in_steps[place] = self._in_steps.get(place, _NOTHING) + event.usage
            case ev.NodeFinished():
                place = (event.frame, event.node_id)
                self._open.pop(place, None)
                counted = self._in_steps.pop(place, _NOTHING)
                if event.usage is not None:
                    self.usage += _beyond(event.usage, counted)
            case ev.NodeRetrying() | ev.NodeFailed():
                self._close(event.frame, event.node_id)
            case _:
                pass

    def _close(self, frame: str, node_id: str) -> None:
        """An attempt is over, and with it whatever still ran in its frames."""
        self._open.pop((frame, node_id), None)
        self._in_steps.pop((frame, node_id), None)
        inside = f"{frame}/{node_id}:" if frame else f"{node_id}:"
        for place in [place for place in self._open if place[0].startswith(inside)]:
            del self._open[place]
            self._in_steps.pop(place, None)

    def refuse_start(self, frame: str, node_id: str, attempt: int) -> ev.ErrorInfo | None:
        """Why a node may not start; None when it may, or did before a crash."""
        limit = self.limits.steps
        if limit is None or self.starts < limit or self._open.get((frame, node_id)) == attempt:
            return None
        return _error("steps", f"The run has started {self.starts} nodes, and it may start {limit}", node_id)

    def overspent(self) -> ev.ErrorInfo | None:
        """Why the run may not go on with what it has used; None when it may."""
        tokens, cost = _tokens(self.usage), self.usage.cost
        if self.limits.tokens is not None and tokens > self.limits.tokens:
            return _error("tokens", f"The run has used {tokens} tokens, and it may use {self.limits.tokens}")
        if self.limits.cost is not None and cost > self.limits.cost:
            return _error("cost", f"The run has cost {cost:.6g}, and it may cost {self.limits.cost:g}")
        return None

    def seconds_left(self, here_s: float) -> float | None:
        """How long the run may still work, `here_s` being what it has worked since the history ended; None for ever."""
        return None if self.limits.wall_s is None else self.limits.wall_s - self.active_s - here_s

    def out_of_time(self) -> ev.ErrorInfo:
        """The error of a run whose time is up."""
        return _error("wall_s", f"The run has worked for the {self.limits.wall_s:g} seconds it may take")


def _error(limit: str, what: str, node_id: str | None = None) -> ev.ErrorInfo:
    remedy = f"Raise {limit!r} under the app's limits, or among the limits that the run was started with."
    return ev.ErrorInfo(CODE, f"{what}. {remedy}", node_id, f"limits.{limit}")


def _tokens(usage: ev.Usage) -> int:
    return usage.total_tokens or usage.prompt_tokens + usage.completion_tokens


def _beyond(whole: ev.Usage, counted: ev.Usage) -> ev.Usage:
    """What a node used besides what its steps reported, for most nodes sum their steps up at the end."""
    return ev.Usage(
        max(0, whole.prompt_tokens - counted.prompt_tokens),
        max(0, whole.completion_tokens - counted.completion_tokens),
        max(0, _tokens(whole) - _tokens(counted)),
        max(0.0, whole.cost - counted.cost),
    )


def active_seconds(history: Sequence[ev.Event]) -> float:
    """How long a run has worked by its log: from event to event, but for the time after each pause."""
    return max((total for _, total in _working(history)), default=0.0)


def container_seconds(history: Sequence[ev.Event]) -> dict[tuple[str, str], float]:
    """How long the run has worked since each container last began, by the container's frame and id."""
    total, began = 0.0, {}
    for event, total in _working(history):
        if isinstance(event, ev.ContainerStarted):
            began[event.frame, event.node_id] = total
    return {place: total - at for place, at in began.items()}


def _working(history: Sequence[ev.Event]) -> Iterator[tuple[ev.Event, float]]:
    """Every event with the seconds worked until then."""
    total, last, paused = 0.0, None, False
    for event in history:
        at = datetime.fromisoformat(event.at).timestamp()
        if last is not None and not paused:
            total += max(0.0, at - last)
        last, paused = at, isinstance(event, ev.RunPaused)
        yield event, total
