"""What the driver does for one running task: steps recorded in the log, and frames of sub-workflows.

Knows one attempt of one node and its driver; knows nothing of what the task is.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from workflows import events as ev
from workflows.context import StepCall, StepEffect, attempt_key
from workflows.errors import NodeError
from workflows.frames import Cell
from workflows.steps import Steps, current
from workflows.values import clean

if TYPE_CHECKING:
    from workflows.driver import Driver


class Inside:
    """See `context.Inside`. Frames are numbered from 0 in the order they are asked for, and one opened inside a step
    has the step's number, so a task that runs again after a recovery finds those it opened before.
    """

    def __init__(self, driver: Driver, cell: Cell, attempt: int) -> None:
        node = driver.progress.node(cell)
        self._driver, self._cell = driver, cell
        self._next_frame = 0
        self._frames: dict[int, asyncio.Future[None]] = {}
        self._steps = Steps(
            node_id=node.id,
            frame=cell[0].path,
            attempt=attempt,
            key=attempt_key(driver.run_id, cell[0].lineage, node.id, attempt),
            recorded=driver.progress.steps_of(cell, attempt),
            doubtful=driver.progress.open_steps.get(cell, ()),
            secrets=cell[0].region.secrets,
            clock=driver.clock,
            record=self._record,
            commit=self._commit,
        )

    def step_key(self) -> str:
        """See Context.step_key."""
        return self._steps.next_key()

    async def step(self, name: str, kind: str, input: Any, call: StepCall, effect: StepEffect) -> Any:
        """See Context.step."""
        return await self._steps.step(name, kind, input, call, effect)

    async def run_frame(self, region: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """See Context.run_frame."""
        driver, cell = self._driver, self._cell
        found = driver.plan.regions.get(region)
        if found is None or not found.outer or found is driver.plan.top:
            message = f"There is no sub-workflow {region!r} in this plan."
            raise NodeError("sub_workflow_missing", message, retryable=False)
        step = current.get()
        index = self._next_frame if step is None else step
        self._next_frame = max(self._next_frame, index) + 1
        work = driver.progress.works.get(cell)
        known = work is not None and (index in work.outputs or index in work.errors)
        if not known and index not in driver.progress.inner.get(cell, {}):
            self._check()
            driver.framing.open_frame(cell, index, region, clean(inputs))
        work = driver.progress.works[cell]
        if index not in work.outputs and index not in work.errors:
            done = self._frames[index] = asyncio.get_running_loop().create_future()
            driver.tasks.wake.set()
            await done
        if index in work.errors:
            error = work.errors[index]
            raise NodeError(error.code, error.message, retryable=False)
        outputs: dict[str, Any] = work.outputs[index]
        return outputs

    def frame_finished(self, index: int) -> None:
        """Called by the driver when a frame this task may wait for is done."""
        done = self._frames.pop(index, None)
        if done is not None and not done.done():
            done.set_result(None)

    def _record(self, event: ev.Event) -> None:
        self._check()
        self._driver.log.record(event)
        self._driver.tasks.wake.set()

    async def _commit(self) -> None:
        stored = await self._driver.log.commit()
        # Whoever reads the log in turns sees it now.
        self._driver.tasks.wake.set()
        if not stored:
            # What the journal raises is no outcome of the node: the driver raises it, and cancels this task.
            await asyncio.get_running_loop().create_future()

    def _check(self) -> None:
        """A task whose frame has ended may still be closing what it holds, and writes nothing more."""
        if self._cell not in self._driver.progress.running:
            raise asyncio.CancelledError
