"""Runs a plan in this process and yields its events: for the command line, tests, and use as a library.

Knows the driver; keeps no log beyond what the caller reads.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from workflows.drive import turns
from workflows.events import Event
from workflows.plan import Plan
from workflows.ports import Control, Journal, Ports, RunInputs, Signal

_SYSTEM = frozenset(field.name for field in dataclasses.fields(RunInputs)) - {"inputs"}


class _Tap:
    """A journal that also keeps what the iterator has not given yet."""

    def __init__(self, behind: Journal | None) -> None:
        self.behind = behind
        self.events: list[Event] = []

    async def append(self, events: Sequence[Event], *, durable: bool) -> None:
        if self.behind is not None:
            await self.behind.append(events, durable=durable)
        self.events.extend(events)

    def take(self) -> list[Event]:
        events, self.events = self.events, []
        return events


async def run(
    plan: Plan,
    inputs: Mapping[str, Any] | RunInputs | None = None,
    ports: Ports | None = None,
    *,
    query: str = "",
    conversation: Mapping[str, Any] | None = None,
    files: Sequence[dict[str, Any]] = (),
    history: Sequence[dict[str, Any]] = (),
    run_id: str | None = None,
    control: Control | None = None,
    log: Sequence[Event] = (),
    signals: Sequence[Signal] = (),
) -> AsyncIterator[Event]:
    """The events of one run, in order; the last one is terminal, or the pause of a run that waits.

    `inputs` are the start node's, or a whole RunInputs. Keys such as `sys.query` set system variables. `log` is what
    an interrupted run had written; it is not yielded again. The run goes on as its events are taken: a node at work
    does not wait for that, the next one does. Closing the iterator cancels the run.
    """
    run_inputs = inputs if isinstance(inputs, RunInputs) else _inputs(plan, inputs or {})
    if query or conversation or files or history:
        run_inputs = dataclasses.replace(
            run_inputs,
            query=query or run_inputs.query,
            conversation={**run_inputs.conversation, **(conversation or {})},
            files=[*run_inputs.files, *files],
            history=[*run_inputs.history, *history],
        )
    ports = ports or Ports()
    tap = _Tap(ports.journal)
    taken = turns(
        plan,
        run_id or str(uuid.uuid4()),
        run_inputs,
        dataclasses.replace(ports, journal=tap),
        log,
        control or Control(),
        signals,
    )
    async with aclosing(taken):
        async for _ in taken:
            for event in tap.take():
                yield event


def _inputs(plan: Plan, values: Mapping[str, Any]) -> RunInputs:
    """Plain values with `sys.…` keys told apart; in a chat also `query` and `files` when no variable claims them."""
    inputs = {name: value for name, value in values.items() if not name.startswith("sys.")}
    system = {name[4:]: value for name, value in values.items() if name.startswith("sys.")}
    if plan.mode == "chat":
        declared = {str(row.get("name")) for row in _start_config(plan).get("variables", [])}
        for name in ("query", "files"):
            if name in inputs and name not in declared:
                system.setdefault(name, inputs.pop(name))
    return RunInputs(inputs=inputs, **{name: value for name, value in system.items() if name in _SYSTEM})


def _start_config(plan: Plan) -> dict[str, Any]:
    start = plan.nodes[plan.start].id
    return next(node.config for node in plan.definition.nodes if node.id == start)
