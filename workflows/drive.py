"""Drives a run from its log to its end, or to a pause: all at once, or in turns that whoever reads the log takes.

Knows a driver's turns, and what a log needs before one can go on; decides nothing.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from workflows import events as ev
from workflows.blobs import BlobReader
from workflows.driver import Driver
from workflows.errors import BlobError
from workflows.log import Log
from workflows.plan import Plan
from workflows.ports import Control, Ports, RunInputs, Signal


async def drive(
    plan: Plan,
    *,
    run_id: str,
    inputs: RunInputs | None,
    ports: Ports,
    history: Sequence[ev.Event] = (),
    control: Control | None = None,
    signals: Sequence[Signal] = (),
) -> ev.Event | None:
    """Run to a terminal event, or to a pause, and return it; None when `history` already ends with a terminal one.

    `signals` are what came for waiting nodes; those that nothing waits for are passed over. `inputs` may be None when
    `history` holds the run's beginning. Cancelling the call leaves the log without a terminal event, to be driven
    again later. Raises what the journal raises.
    """
    last = None
    async with aclosing(turns(plan, run_id, inputs, ports, history, control or Control(), signals)) as taken:
        async for turn in taken:
            last = turn
    return last


async def turns(
    plan: Plan,
    run_id: str,
    inputs: RunInputs | None,
    ports: Ports,
    history: Sequence[ev.Event],
    control: Control,
    signals: Sequence[Signal],
) -> AsyncGenerator[ev.Event | None, None]:
    """`drive`, halting whenever the journal was given something, for whoever wants to read it at once. Nodes at work
    go on meanwhile; nothing new begins. The last turn gives what `drive` returns, those before it None.
    """
    if history and ev.is_terminal(history[-1]):
        return
    for signal in signals:
        control.deliver(signal)
    try:
        whole = await BlobReader(ports.blobs).hydrate(history)
    except BlobError as error:
        log = Log(plan, ports, history)
        # Trying again and again would not bring lost values back.
        log.end_failed(ev.ErrorInfo(error.code, error.message, field=error.field))
        await log.flush()
        yield log.progress.ended
        return
    driver = Driver(plan, run_id, inputs, ports, whole, control)
    try:
        while await driver.turn():
            yield None
            await driver.wait()
        yield driver.progress.ended or driver.progress.paused
    finally:
        await driver.close()
