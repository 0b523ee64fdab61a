"""Runs a plan in this process and yields its events: for the command line, tests, and use as a library.

Knows the driver; keeps no log beyond what the caller reads.
"""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from workflows.driver import drive
from workflows.events import Event
from workflows.plan import Plan
from workflows.ports import Control, Journal, Ports, RunInputs, Signal

_SYSTEM = frozenset(field.name for field in dataclasses.fields(RunInputs)) - {"inputs"}


class _Tap:
    """A journal that also hands every event to the iterator."""

    def __init__(self, behind: Journal | None) -> None:
        self.behind = behind
        self.events: deque[Event] = deque()
        self.arrived = asyncio.Event()

    async def append(self, events: Sequence[Event], *, durable: bool) -> None:
        if self.behind is not None:
            await self.behind.append(events, durable=durable)
        self.events.extend(events)
        self.arrived.set()


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
    an interrupted run had written; it is not yielded again. Closing the iterator cancels the run.
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
    call = drive(
        plan,
        run_id=run_id or str(uuid.uuid4()),
        inputs=run_inputs,
        ports=dataclasses.replace(ports, journal=tap),
        history=log,
        control=control,
        signals=signals,
    )
    task = asyncio.create_task(call)
    task.add_done_callback(lambda _: tap.arrived.set())
    try:
        while not task.done() or tap.events:
            if not tap.events:
                await tap.arrived.wait()
            tap.arrived.clear()
            while tap.events:
                yield tap.events.popleft()
        await task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])


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
