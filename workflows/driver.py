"""Carries out what `decide` says: runs nodes, waits for them, and writes down what came back.

The only place of the engine that waits. Knows asyncio and the ports; decides nothing about the graph. A fresh run and
a recovered one take the same way: fold the log, then go on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Any

from workflows import events as ev
from workflows.context import Context, StepCall, StepEffect, attempt_key
from workflows.decide import Doubt, Fail, FailRun, FinishRun, Retry, Skip, Start, after_failure, decide, recover
from workflows.deltas import DeltaBuffer
from workflows.errors import NodeError
from workflows.kinds import Result, Waiting
from workflows.log import Log
from workflows.plan import Plan, PlanNode
from workflows.ports import Control, Ports, RunInputs
from workflows.steps import Steps
from workflows.values import clean

logger = logging.getLogger("workflows")

_SLICE_S = 0.01
_CANCEL_WAIT_S = 5.0

Outcome = Result | Waiting | NodeError


async def drive(
    plan: Plan,
    *,
    run_id: str,
    inputs: RunInputs | None,
    ports: Ports,
    history: Sequence[ev.Event] = (),
    control: Control | None = None,
) -> ev.Event | None:
    """Run to a terminal event and return it; None when `history` already ends with one.

    `inputs` may be None when `history` holds the run's beginning. Cancelling the call leaves the log without a terminal
    event, to be driven again later. Raises what the journal raises.
    """
    driver = _Driver(plan, run_id, inputs, ports, history, control or Control())
    if driver.log.progress.ended is not None:
        return None
    return await driver.run()


class _Driver:
    """One drive of one run."""

    def __init__(
        self,
        plan: Plan,
        run_id: str,
        inputs: RunInputs | None,
        ports: Ports,
        history: Sequence[ev.Event],
        control: Control,
    ) -> None:
        if inputs is None and not history:
            raise ValueError("A run without a log needs inputs.")
        self.plan, self.run_id, self.ports, self.control = plan, run_id, ports, control
        self.inputs = inputs
        self.clock = ports.clock
        self.log = Log(plan, ports, history)
        self.tasks: dict[int, asyncio.Task[None]] = {}
        self.launching: list[tuple[PlanNode, int]] = []
        # What tasks brought: a node's outcome, or None when the pause before its next attempt is over.
        self.arrived: deque[tuple[int, Outcome | None]] = deque()
        self.began: dict[int, float] = {}
        self.wake = asyncio.Event()
        self.deltas = DeltaBuffer(self.wake, ports.gather_s)

    async def run(self) -> ev.Event:
        """Work until the run has ended."""
        self.control.bind(asyncio.get_running_loop(), self.wake.set)
        try:
            self._begin()
            while self.log.progress.ended is None:
                if self.control.reason is not None:
                    self._stop(self.control.reason)
                    break
                more = self._advance()
                await self.log.flush()
                self._launch()
                if more:
                    await asyncio.sleep(0)
                elif self.log.progress.ended is None:
                    await self._wait()
                    self._collect()
            self._cancel_all()
            await self.log.flush()
        finally:
            self._cancel_all()
            self.deltas.close()
            await self._settle_tasks()
        assert self.log.progress.ended is not None
        return self.log.progress.ended

    def _begin(self) -> None:
        if self.log.progress.started_at is None:
            assert self.inputs is not None
            self.log.record(run_started(self.plan, self.run_id, self.inputs, self.clock.now()))
            return
        for command in recover(self.log.progress):
            if isinstance(command, Doubt):
                self._doubt(self.plan.nodes[command.node])
            elif isinstance(command, Start):
                self._start(self.plan.nodes[command.node], command.attempt)

    def _advance(self) -> bool:
        """Carry out commands until none is left; True when the time slice ran out before."""
        progress = self.log.progress
        until = self.clock.monotonic() + _SLICE_S
        while commands := decide(progress):
            for command in commands:
                match command:
                    case Start():
                        self._start(self.plan.nodes[command.node], command.attempt)
                    case Skip():
                        self.log.record(ev.NodeSkipped(seq=0, at="", node_id=self.plan.nodes[command.node].id))
                    case FailRun():
                        self._end_failed(command.error)
                    case FinishRun():
                        self._end_finished()
                    case Doubt():
                        raise AssertionError("only a recovery doubts")
                if progress.fatal is not None:
                    break
            if self.clock.monotonic() > until:
                return progress.ended is None
        return False

    def _start(self, node: PlanNode, attempt: int) -> None:
        self.log.record(ev.NodeStarted(seq=0, at="", node_id=node.id, kind=node.kind, attempt=attempt))
        step = node.step.inline
        if step is None:
            if node.effect == "once":
                key = attempt_key(self.run_id, "", node.id, attempt)
                self.log.record(ev.NodeIntent(seq=0, at="", node_id=node.id, key=key), durable=True)
            self.launching.append((node, attempt))
            return
        self.began[node.index] = self.clock.monotonic()
        try:
            outcome: Outcome = step(self._context(node, attempt))
        except NodeError as error:
            outcome = error
        except Exception as error:
            outcome = _crash(node, error)
        self._record_outcome(node, outcome)

    def _launch(self) -> None:
        """Start what was announced, now that its events are stored."""
        for node, attempt in self.launching:
            task = asyncio.create_task(self._run_task(node, attempt), name=f"node {node.id}")
            self.tasks[node.index] = task
        self.launching.clear()

    async def _run_task(self, node: PlanNode, attempt: int) -> None:
        self.began[node.index] = self.clock.monotonic()
        outcome: Outcome
        try:
            outcome = await self._with_timeout(node, attempt)
        except NodeError as error:
            outcome = error
        except Exception as error:
            outcome = _crash(node, error)
        self.arrived.append((node.index, outcome))
        self.wake.set()

    async def _with_timeout(self, node: PlanNode, attempt: int) -> Result | Waiting:
        step = node.step
        assert step.task is not None
        limit = node.policy.timeout_s or step.timeout_s
        try:
            async with asyncio.timeout(limit):
                return await step.task(self._context(node, attempt, _Inside(self, node, attempt)))
        except TimeoutError as error:
            message = f"The node took longer than {limit:g} seconds." if limit else "The node timed out."
            raise NodeError("node_timeout", message) from error

    def _context(self, node: PlanNode, attempt: int, inside: _Inside | None = None) -> Context:
        progress = self.log.progress
        return Context(
            progress.pool,
            self.ports,
            self.run_id,
            node.id,
            "",
            attempt,
            self.deltas.writer(node.index) if node.streams else _silent,
            progress.history,
            inside,
        )

    async def _wait(self) -> None:
        await self.wake.wait()
        self.wake.clear()

    def _collect(self) -> None:
        """Write down what tasks have brought since."""
        while self.arrived:
            index, outcome = self.arrived.popleft()
            self.tasks.pop(index, None)
            self._record_deltas(index)
            if outcome is None:
                self._start(self.plan.nodes[index], self.log.progress.retrying[index])
            else:
                self._record_outcome(self.plan.nodes[index], outcome)
        if self.deltas.due():
            self._record_deltas(None)

    def _record_deltas(self, index: int | None) -> None:
        for node, output, text in self.deltas.take(index):
            node_id = self.plan.nodes[node].id
            self.log.record(ev.NodeDelta(seq=0, at="", node_id=node_id, output=output, text=text))

    def _record_outcome(self, node: PlanNode, outcome: Outcome) -> None:
        elapsed_ms = round((self.clock.monotonic() - self.began.pop(node.index)) * 1000, 2)
        durable = node.effect != "pure"
        if isinstance(outcome, NodeError):
            self._record_failure(node, outcome, elapsed_ms)
            return
        if isinstance(outcome, Waiting):
            self.log.record(ev.NodeWaiting(seq=0, at="", node_id=node.id, wait=outcome.wait), durable=True)
            return
        event = ev.NodeFinished(
            seq=0,
            at="",
            node_id=node.id,
            inputs=outcome.inputs,
            outputs=outcome.outputs,
            handle=outcome.handle,
            elapsed_ms=elapsed_ms,
            usage=outcome.usage,
            facts=outcome.facts,
            writes=outcome.writes,
        )
        self.log.record(event, durable=durable)

    def _record_failure(self, node: PlanNode, error: NodeError, elapsed_ms: float) -> None:
        info = ev.ErrorInfo(error.code, error.message, node.id, error.field, error.line)
        match after_failure(node, self.log.progress.running[node.index], error):
            case Retry(attempt, delay_ms):
                retrying = ev.NodeRetrying(
                    seq=0, at="", node_id=node.id, attempt=attempt, error=info, delay_ms=delay_ms
                )
                self.log.record(retrying, durable=node.effect == "once")
                self.tasks[node.index] = asyncio.create_task(self._pause(node, delay_ms), name=f"pause {node.id}")
            case Fail(handled, outputs):
                failed = ev.NodeFailed(
                    seq=0,
                    at="",
                    node_id=node.id,
                    error=info,
                    handled=handled,
                    inputs=error.inputs or {},
                    outputs=outputs,
                    elapsed_ms=elapsed_ms,
                )
                self.log.record(failed, durable=node.effect == "once")

    async def _pause(self, node: PlanNode, delay_ms: int) -> None:
        await self.clock.sleep(delay_ms / 1000)
        self.arrived.append((node.index, None))
        self.wake.set()

    def _doubt(self, node: PlanNode) -> None:
        message = (
            "The engine was interrupted while this node did something that must not happen twice, "
            "so it is unknown whether it happened. Check the other side before running again."
        )
        self.began[node.index] = self.clock.monotonic()
        self._record_failure(node, NodeError("outcome_unknown", message, retryable=False), 0.0)

    def _stop(self, reason: str) -> None:
        self._cancel_all()
        self._record_deltas(None)
        self.log.end_stopped(reason)

    def _end_failed(self, error: ev.ErrorInfo) -> None:
        self._cancel_all()
        self._record_deltas(None)
        self.log.end_failed(error)

    def _end_finished(self) -> None:
        self.log.end_finished()

    def _cancel_all(self) -> None:
        for task in self.tasks.values():
            task.cancel()

    async def _settle_tasks(self) -> None:
        """Let cancelled tasks close what they hold; one that will not end is left behind and reported."""
        if not self.tasks:
            return
        _, pending = await asyncio.wait(self.tasks.values(), timeout=_CANCEL_WAIT_S)
        for task in pending:
            logger.error("%s of run %s does not end after being cancelled", task.get_name(), self.run_id)


class _Inside:
    """What the driver does for one running task."""

    def __init__(self, driver: _Driver, node: PlanNode, attempt: int) -> None:
        self._driver = driver
        self._steps = Steps(
            node_id=node.id,
            frame="",
            attempt=attempt,
            key=attempt_key(driver.run_id, "", node.id, attempt),
            recorded=driver.log.progress.steps_of(node.index, attempt),
            clock=driver.clock,
            record=self._record,
            commit=driver.log.commit,
        )

    def _record(self, event: ev.Event) -> None:
        self._driver.log.record(event)
        self._driver.wake.set()

    def step_key(self) -> str:
        return self._steps.next_key()

    async def step(self, name: str, kind: str, input: Any, call: StepCall, effect: StepEffect) -> Any:
        return await self._steps.step(name, kind, input, call, effect)

    async def run_frame(self, region: str, inputs: dict[str, Any]) -> dict[str, Any]:
        raise NodeError("sub_workflow_missing", f"There is no sub-workflow {region!r} in this plan.", retryable=False)


def _silent(output: str, text: str) -> None:
    """Where the text of nodes that do not stream goes."""


def _crash(node: PlanNode, error: Exception) -> NodeError:
    logger.error("node %s of kind %s crashed", node.id, node.kind, exc_info=error)
    message = f"The node failed unexpectedly: {type(error).__name__}: {str(error)[:300]}"
    return NodeError("node_crashed", message, retryable=False)


def run_started(plan: Plan, run_id: str, inputs: RunInputs, now: float) -> ev.RunStarted:
    """The first event of a run."""
    sys: dict[str, Any] = {
        "query": inputs.query,
        "files": inputs.files,
        "conversation_id": inputs.conversation_id,
        "dialogue_count": inputs.dialogue_count,
        "user_id": inputs.user_id,
        "app_id": inputs.app_id,
        "workflow_id": inputs.workflow_id,
        "run_id": run_id,
        "workflow_run_id": run_id,
        "timestamp": int(now),
    }
    return ev.RunStarted(
        seq=0,
        at="",
        run_id=run_id,
        mode=plan.mode,
        inputs=clean(inputs.inputs),
        sys=clean(sys),
        conversation=clean(inputs.conversation),
        history=clean(inputs.history),
        root=inputs.root,
        limits=inputs.limits,
    )
