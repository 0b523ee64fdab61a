"""Carries out what `decide` says: runs nodes, waits for them, and writes down what came back.

The only place of the engine that waits. Knows asyncio and the ports; decides nothing about the graph. A fresh run and
a recovered one take the same way: fold the log, then go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import assert_never

from workflows import events as ev
from workflows import records
from workflows.beginning import run_started
from workflows.budget import container_seconds
from workflows.context import Context, attempt_key
from workflows.decide import (
    CloseContainer,
    CloseFrame,
    Command,
    Doubt,
    FailRun,
    FinishRun,
    OpenFrame,
    Pause,
    Resume,
    Retry,
    Skip,
    Start,
    after_failure,
    decide,
    recover,
)
from workflows.deltas import DeltaBuffer
from workflows.errors import NodeError
from workflows.frames import Cell
from workflows.framing import Framing
from workflows.inside import Inside
from workflows.kinds import Result, Waiting
from workflows.log import Log
from workflows.plan import Plan
from workflows.ports import Control, Ports, RunInputs, Signal
from workflows.tasks import Outcome, Tasks, attempted, timed_out
from workflows.watch import Watch

_SLICE_S = 0.01


class Driver:
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
        self.apart = ports.blobs is not None
        self.log = Log(plan, ports, history)
        self.progress = self.log.progress
        self.watch = Watch(self.log, control, ports.clock)
        self.tasks = Tasks(run_id)
        self.deltas = DeltaBuffer(self.tasks.wake, ports.gather_s)
        # Announced, and started once their events are stored.
        self.launching: list[tuple[Cell, int]] = []
        self.began: dict[Cell, float] = {}
        self.framing = Framing(self)
        self.spent = container_seconds(history) if self.progress.open else {}
        self.inside: dict[Cell, Inside] = {}
        self._begun = False
        self._more = False
        """Whether the last turn was cut short."""
        control.bind(asyncio.get_running_loop(), self.tasks.wake.set)

    async def turn(self) -> bool:
        """Do what can be done now, and give it to the journal; False when the run has ended or pauses."""
        self._work()
        goes_on = self.progress.ended is None and self.progress.paused is None
        if not goes_on:
            self.tasks.cancel_all()
        await self.log.flush()
        if goes_on:
            self._launch()
        return goes_on

    async def wait(self) -> None:
        """Until there is something to do."""
        if self._more:
            await asyncio.sleep(0)
        else:
            await self._rest()
            self._collect()

    async def close(self) -> None:
        """Leave nothing at work."""
        self.tasks.cancel_all()
        self.deltas.close()
        await self.tasks.settle()
        self.log.close()

    def _work(self) -> None:
        progress, begun = self.progress, self._begun
        if not begun and progress.started is None:
            assert self.inputs is not None
            self.log.begin(run_started(self.plan, self.run_id, self.inputs, self.clock.now()))
            begun = self._begun = True
        if self.control.reason is not None:
            self._stop(self.control.reason)
            return
        self._hear(resume=begun)
        if progress.paused is not None:
            return
        if not begun:
            self._recover()
            self._begun = True
        overrun = self.watch.overrun()
        if overrun is not None:
            self._end_failed(overrun)
        else:
            self._more = self._advance()

    def _recover(self) -> None:
        """Go on from a log: what it left unsaid and running, and what it has heard."""
        self.log.catch_up()
        progress = self.progress
        for command in recover(progress):
            # One before it may have ended the run, or the frame that this one's node stands in.
            if progress.ended is None and (command.cell in progress.running or command.cell in progress.retrying):
                self._carry_out(command)
        self.framing.limit_recovered(self.spent)
        self.spent = {}

    def _advance(self) -> bool:
        """Carry out commands until none is left; True when the time slice ran out before."""
        progress, monotonic = self.progress, self.clock.monotonic
        until = monotonic() + _SLICE_S
        while commands := decide(progress):
            for command in commands:
                self._carry_out(command)
                if progress.fatal is not None or progress.ended is not None:
                    break
            if monotonic() > until:
                return progress.ended is None and progress.paused is None
        return False

    def _carry_out(self, command: Command) -> None:
        match command:
            case Start():
                # A node before it in the same round may have failed their frame.
                if command.cell[0].error is None:
                    self._start(command.cell, command.attempt)
            case OpenFrame():
                self.framing.open_frame(command.cell, command.number)
            case CloseFrame():
                if command.frame in self.progress.closing:
                    self.framing.close_frame(command.frame)
            case Skip():
                self.log.record(records.node_skipped(command.cell))
            case CloseContainer():
                self.framing.close_container(command.cell)
            case Resume():
                self._resume(command.cell)
            case Doubt():
                self._doubt(command.cell)
            case Pause():
                self._pause()
            case FailRun():
                self._end_failed(command.error)
            case FinishRun():
                self.log.end_finished()
            case _:
                assert_never(command)

    def _start(self, cell: Cell, attempt: int) -> None:
        frame, index = cell
        node = frame.region.nodes[index]
        if self.log.budget is not None:
            refusal = self.log.budget.refuse_start(frame.path, node.id, attempt)
            if refusal is not None:
                self._end_failed(refusal)
                return
        self.log.record(records.node_started(cell, attempt))
        step = node.step
        began = self.clock.monotonic()
        if step.inline is not None:
            outcome = attempted(cell, step.inline, self.context(cell, attempt))
            if outcome is not None:
                self.record_outcome(cell, outcome, began)
                return
        self.began[cell] = began
        if step.inline is not None:
            self.launching.append((cell, attempt))
        elif step.container is not None:
            self.framing.open_container(cell, attempt)
        else:
            if node.effect == "once":
                key = attempt_key(self.run_id, frame.lineage, node.id, attempt)
                self.log.record(records.node_intent(cell, key), durable=True)
            self.launching.append((cell, attempt))

    def _launch(self) -> None:
        """Start what was announced, now that its events are stored."""
        running = self.progress.running
        for cell, attempt in self.launching:
            if cell in running:
                self.tasks.start(cell, partial(self._run_task, cell, attempt))
        self.launching.clear()

    async def _run_task(self, cell: Cell, attempt: int) -> Outcome:
        node = self.progress.node(cell)
        step = node.step
        assert step.task is not None
        self.began[cell] = self.clock.monotonic()
        limit = node.policy.timeout_s or step.timeout_s
        inside = self.inside[cell] = Inside(self, cell, attempt)
        try:
            async with asyncio.timeout(limit):
                return await step.task(self.context(cell, attempt, inside))
        except TimeoutError as error:
            raise timed_out(limit) from error

    def context(self, cell: Cell, attempt: int, inside: Inside | None = None) -> Context:
        frame, index = cell
        node = frame.region.nodes[index]
        return Context(
            frame.pool,
            self.ports,
            self.run_id,
            node.id,
            frame.path,
            frame.lineage,
            attempt,
            self.deltas.writer(cell) if node.streams else _silent,
            frame.home.history,
            inside,
        )

    def _collect(self) -> None:
        """Write down what tasks have brought since."""
        while (arrived := self.tasks.take()) is not None:
            cell, outcome = arrived
            self.inside.pop(cell, None)
            self._record_deltas(cell)
            if outcome is None:
                self._start(cell, self.progress.retrying[cell])
            else:
                self.record_outcome(cell, outcome)
        if self.deltas.due():
            self._record_deltas(None)

    def _record_deltas(self, cell: Cell | None) -> None:
        for of, output, text in self.deltas.take(cell):
            if of in self.progress.running:
                self.log.record(records.node_delta(of, output, text))

    def _elapsed_ms(self, cell: Cell, began: float | None) -> float:
        now = self.clock.monotonic()
        if began is None:
            began = self.began.pop(cell, now)
        return round((now - began) * 1000, 2)

    def record_outcome(self, cell: Cell, outcome: Outcome, began: float | None = None) -> None:
        """Write down what an attempt came to. It `began` then; None for one that was noted in the table of those."""
        frame, index = cell
        node = frame.region.nodes[index]
        if isinstance(outcome, Result):
            result = records.node_finished(cell, outcome, self._elapsed_ms(cell, began), apart=self.apart)
            self.log.record(result, durable=node.effect != "pure")
            if self.progress.dropped:
                self.framing.forget_dropped()
        elif isinstance(outcome, Waiting):
            attempt = self.progress.running[cell]
            wait = {**outcome.wait, "key": attempt_key(self.run_id, frame.lineage, node.id, attempt)}
            self.log.record(records.node_waiting(cell, wait), durable=True)
        else:
            self._record_failure(cell, outcome, began)

    def _record_failure(self, cell: Cell, error: NodeError, began: float | None = None) -> None:
        node = self.progress.node(cell)
        attempt = self.progress.running.get(cell) or self.progress.open[cell]
        elapsed_ms = self._elapsed_ms(cell, began)
        durable = node.effect == "once"
        decision = after_failure(node, attempt, error)
        if isinstance(decision, Retry):
            self.log.record(records.node_retrying(cell, decision, error), durable=durable)
            self.framing.forget_dropped()
            self.tasks.end(cell)
            self.tasks.start(cell, partial(self._pause_before_retry, decision.delay_ms))
        else:
            failed = records.node_failed(cell, decision, error, elapsed_ms, apart=self.apart)
            self.log.record(failed, durable=durable)
            self.framing.forget_dropped()

    async def _pause_before_retry(self, delay_ms: int) -> None:
        await self.clock.sleep(delay_ms / 1000)

    def _doubt(self, cell: Cell) -> None:
        message = (
            "The engine was interrupted while this node did something that must not happen twice, "
            "so it is unknown whether it happened. Check the other side before running again."
        )
        self._record_failure(cell, NodeError("outcome_unknown", message, retryable=False))

    def _resume(self, cell: Cell) -> None:
        """Make a result of what a node waited for."""
        step, wait = self.progress.node(cell).step, self.progress.resumed[cell]
        assert step.resume is not None
        assert wait.signal is not None
        resume, signal = step.resume, Signal(**wait.signal)
        outcome = attempted(cell, resume, self.context(cell, wait.attempt), wait.wait, signal)
        self.record_outcome(cell, outcome)

    def _hear(self, *, resume: bool) -> None:
        """Write down what waiting nodes are told, and let them go on; after a recovery that is left to `recover`."""
        for cell, signal in self.watch.heard():
            self.log.record(records.node_resumed(cell, signal), durable=True)
            if resume:
                self._resume(cell)

    async def _rest(self) -> None:
        """Wait until a task brings something, somebody calls, or a time has come."""
        wake, seconds = self.tasks.wake, self.watch.seconds()
        alarm = None if seconds is None else asyncio.get_running_loop().call_later(seconds, wake.set)
        try:
            await wake.wait()
        finally:
            if alarm is not None:
                alarm.cancel()
        wake.clear()

    def _pause(self) -> None:
        self.log.record(records.run_paused(self.progress.waiting), durable=True)

    def _stop(self, reason: str) -> None:
        self._record_deltas(None)
        self.tasks.cancel_all()
        self.log.end_stopped(reason)

    def _end_failed(self, error: ev.ErrorInfo) -> None:
        self._record_deltas(None)
        self.tasks.cancel_all()
        self.log.end_failed(error)


def _silent(output: str, text: str) -> None:
    """Where the text of nodes that do not stream goes."""
