"""Runs a recorded run again: what did not change gives its recorded result, what did runs live.

A node did not change when its kind, config and policy are those of the recording and every value it reads is the same.
The plan is wrapped and then driven like any other, so containers, retries and branches need no care of their own.
Knows plans and logs; what was recorded is `workflows.recording`.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import AsyncIterator, Sequence
from typing import Any

from workflows import events as ev
from workflows.context import Context, Inside, StepCall, StepEffect, StepOutput
from workflows.errors import NodeError, WorkflowError
from workflows.kinds import Result, Step, Waiting
from workflows.plan import Plan, PlanNode, Region
from workflows.ports import Clock, Ports, RunInputs, Signal
from workflows.recording import Attempt, Recording, fingerprint, plain
from workflows.runner import run


class Replay:
    """One replay of a log. `live` and `replayed` count node attempts, by node id.

    `plan` is what runs now, `recorded` what ran then (the same where it is left out). `node` runs live whatever it
    reads; with `values` it does not run at all and these are its outputs over the recorded ones, or the run's inputs
    when a run begins at it. A recorded effect that may happen only once is refused rather than repeated, unless
    `allow_once`. Raises WorkflowError for what cannot be replayed.
    """

    def __init__(
        self,
        plan: Plan,
        log: Sequence[ev.Event],
        *,
        recorded: Plan | None = None,
        node: str = "",
        values: dict[str, Any] | None = None,
        inputs: dict[str, Any] | None = None,
        allow_once: bool = False,
    ) -> None:
        self._recording = Recording(recorded or plan, log)
        self._check(plan, node, values)
        roots = {plan.nodes[i].id for i in plan.roots}
        if node in roots and values is not None:
            inputs, values = {**self._recording.started.inputs, **(inputs or {}), **values}, None
        self._node, self._values, self._inputs, self._allow_once = node, values, inputs, allow_once
        self._turns: dict[tuple[str, str], int] = {}
        self._left_to_task: dict[tuple[str, str], Attempt | None] = {}
        """Attempts whose step would not be quick this time, with what is recorded of them."""
        self._plan = dataclasses.replace(
            plan, regions={name: self._wrap(region) for name, region in plan.regions.items()}
        )
        self._answers: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.replayed: dict[str, int] = {}
        self.live: dict[str, int] = {}
        self._pauses_to_skip = 0

    def _check(self, plan: Plan, node: str, values: dict[str, Any] | None) -> None:
        ids = {found.id for region in plan.regions.values() for found in region.nodes}
        if node and node not in ids:
            raise WorkflowError("replay_node_unknown", f"There is no node {node!r} to run again.", field="node")
        if values is not None and not node:
            message = "Values are given for a node's outputs, and no node is named."
            raise WorkflowError("replay_node_unknown", message, field="node")

    async def run(self, ports: Ports | None = None) -> AsyncIterator[ev.Event]:
        """The events of the new run. Where it pauses and the recording says what came then, it goes on with that."""
        started, given = self._recording.started, ports or Ports()
        clock = _Clock(given.clock, float(started.sys.get("timestamp", 0)), self)
        given = dataclasses.replace(given, clock=clock)
        inputs = _run_inputs(started, self._inputs)
        log: list[ev.Event] = []
        signals: list[Signal] = []
        while not log or signals:
            events = run(self._plan, inputs, given, run_id=started.run_id, log=list(log), signals=signals)
            async for event in events:
                log.append(event)
                yield event
            last = log[-1]
            signals = self._signals(last.reasons) if isinstance(last, ev.RunPaused) else []

    def _signals(self, reasons: Sequence[dict[str, Any]]) -> list[Signal]:
        found = []
        for reason in reasons:
            answers = self._answers.get((reason["frame"], reason["node_id"]))
            if answers:
                signal = answers.pop(0)
                found.append(Signal(key=reason["key"], type=signal["type"], data=signal.get("data") or {}))
        return found

    def skips_pause(self) -> bool:
        """Whether the pause asked for now is one before an attempt whose result is recorded."""
        if self._pauses_to_skip:
            self._pauses_to_skip -= 1
            return True
        return False

    def _wrap(self, region: Region) -> Region:
        return dataclasses.replace(region, nodes=[self._wrap_node(node) for node in region.nodes])

    def _wrap_node(self, node: PlanNode) -> PlanNode:
        step = node.step
        if step.container is not None:
            if node.id != self._node or self._values is None:
                return node
            wrapped = Step(inline=lambda ctx: self._given(node, ctx), answer=step.answer)
        elif step.task is not None or step.inline is not None:
            # A step that is both stays both, or a recorded result would come later than it did.
            wrapped = dataclasses.replace(
                step,
                inline=(lambda ctx: self._inline(node, ctx)) if step.inline is not None else None,
                task=(lambda ctx: self._task(node, ctx)) if step.task is not None else None,
            )
        else:
            return node
        return dataclasses.replace(node, step=wrapped)

    def _inline(self, node: PlanNode, ctx: Context) -> Result | Waiting | None:
        assert node.step.inline is not None
        if node.id == self._node and self._values is not None:
            return self._given(node, ctx)
        attempt, same = self._attempt(node, ctx)
        if same and attempt is not None and not attempt.signals:
            return self._recorded(node, ctx, attempt)
        self._go_live(node, ctx, attempt, same)
        outcome = node.step.inline(ctx)
        if outcome is None:
            self._left_to_task[ctx.frame, node.id] = attempt if same else None
            return None
        return self._signalled(ctx, attempt if same else None, outcome)

    async def _task(self, node: PlanNode, ctx: Context) -> Result | Waiting:
        assert node.step.task is not None
        place = (ctx.frame, node.id)
        if place in self._left_to_task:
            return self._signalled(ctx, self._left_to_task.pop(place), await node.step.task(ctx))
        if node.id == self._node and self._values is not None:
            return self._given(node, ctx)
        attempt, same = self._attempt(node, ctx)
        if same and attempt is not None and not attempt.signals:
            for step in sorted(attempt.steps.values(), key=lambda step: step.index):
                await _repeat_step(ctx, step)
            return self._recorded(node, ctx, attempt)
        self._go_live(node, ctx, attempt, same)
        inside = ctx.inside
        if attempt is not None and inside is not None:
            ctx = copy.copy(ctx)
            ctx.inside = _Steps(inside, attempt, again=self._forced(node, ctx), allow_once=self._allow_once)
        return self._signalled(ctx, attempt if same else None, await node.step.task(ctx))

    def _attempt(self, node: PlanNode, ctx: Context) -> tuple[Attempt | None, bool]:
        """The recorded attempt that stands where this one does, and whether its result may be used."""
        place = (ctx.frame, node.id)
        turn = self._turns.get(place, 0)
        self._turns[place] = turn + 1
        attempt = self._recording.attempt(place, turn)
        if attempt is None or self._forced(node, ctx):
            return attempt, False
        return attempt, attempt.done and attempt.fingerprint == fingerprint(node, ctx.pool, ctx.history)

    def _forced(self, node: PlanNode, ctx: Context) -> bool:
        within = [part.rpartition(":")[0] for part in ctx.frame.split("/")]
        return bool(self._node) and (node.id == self._node or self._node in within)

    def _given(self, node: PlanNode, ctx: Context) -> Result:
        attempt, _ = self._attempt(node, ctx)
        finished = attempt.finished if attempt is not None else None
        self.replayed[node.id] = self.replayed.get(node.id, 0) + 1
        assert self._values is not None
        if finished is None:
            return Result(dict(self._values))
        return Result({**finished.outputs, **self._values}, finished.inputs, finished.handle)

    def _recorded(self, node: PlanNode, ctx: Context, attempt: Attempt) -> Result:
        """The recorded result. Raises the recorded failure."""
        self.replayed[node.id] = self.replayed.get(node.id, 0) + 1
        for output, text in attempt.deltas:
            ctx.emit(output, text)
        event = attempt.outcome
        if isinstance(event, ev.NodeFinished):
            return Result(event.outputs, event.inputs, event.handle, event.usage, event.facts, list(event.writes))
        assert event is not None
        again = isinstance(event, ev.NodeRetrying)
        self._pauses_to_skip += again
        raise NodeError(
            event.error.code,
            event.error.message,
            field=event.error.field,
            line=event.error.line,
            retryable=again,
            inputs=event.inputs if isinstance(event, ev.NodeFailed) else None,
            outputs=event.outputs if isinstance(event, ev.NodeFailed) else None,
        )

    def _go_live(self, node: PlanNode, ctx: Context, attempt: Attempt | None, same: bool) -> None:
        """Count a node that runs. Raises NodeError for an effect that happened and may not happen again."""
        count = self.replayed if same else self.live
        count[node.id] = count.get(node.id, 0) + 1
        happened = node.effect == "once" and attempt is not None and attempt.intents
        if happened and not self._allow_once and not same:
            raise _happened_once(f"What node {node.id!r} does outside")

    def _signalled(self, ctx: Context, attempt: Attempt | None, outcome: Result | Waiting) -> Result | Waiting:
        """Remember what a node was told then that waits for the same again."""
        if isinstance(outcome, Waiting) and attempt is not None:
            self._answers[ctx.frame, ctx.node_id] = list(attempt.signals)
        return outcome


class _Steps:
    """Stands before the engine for a node that runs live: a step with the recorded input gives the recorded output,
    unless the node is to run `again` from its beginning.
    """

    def __init__(self, inside: Inside, attempt: Attempt, *, again: bool, allow_once: bool) -> None:
        self._inside, self._attempt, self._again, self._allow_once = inside, attempt, again, allow_once
        self._next = 0

    def step_key(self) -> str:
        return self._inside.step_key()

    async def step(self, name: str, kind: str, input: Any, call: StepCall, effect: StepEffect) -> Any:
        recorded = self._attempt.steps.get(self._next)
        self._next += 1
        asked = (name, kind, plain(input))
        known = recorded is not None and (recorded.name, recorded.kind, plain(recorded.input)) == asked
        if recorded is not None and known and not self._again:
            return await self._inside.step(name, kind, input, _answer(recorded), "idempotent")
        happened = any(step.name == name for step in self._attempt.steps.values()) or self._attempt.in_doubt
        if effect == "once" and happened and self._attempt.intents and not self._allow_once:
            raise _happened_once(f"What the step {name!r} does outside")
        return await self._inside.step(name, kind, input, call, effect)

    async def run_frame(self, region: str, inputs: dict[str, Any]) -> dict[str, Any]:
        return await self._inside.run_frame(region, inputs)


def _happened_once(what: str) -> NodeError:
    message = f"{what} has happened in the recorded run and is meant to happen once. Allow it to run it again."
    return NodeError("replay_once", message, retryable=False)


def _answer(step: ev.NodeStep) -> StepCall:
    async def call() -> Any:
        if step.error is not None:
            raise NodeError(step.error.code, step.error.message, field=step.error.field, line=step.error.line)
        return StepOutput(step.output, step.usage)

    return call


async def _repeat_step(ctx: Context, step: ev.NodeStep) -> None:
    try:
        await ctx.step(step.name, step.kind, step.input, _answer(step))
    except NodeError as error:
        # The recorded node went on after its step failed, or failed with it: its own outcome says which.
        if step.error is None or error.code != step.error.code:
            raise


class _Clock:
    """Begins when the recorded run began, so that what reads the time reads the same."""

    def __init__(self, clock: Clock, begins: float, replay: Replay) -> None:
        self._clock, self._begins, self._replay = clock, begins, replay
        self._offset: float | None = None

    def now(self) -> float:
        now = self._clock.now()
        if self._offset is None:
            self._offset = self._begins - now
        return now + self._offset

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(0 if self._replay.skips_pause() else seconds)


def _run_inputs(started: ev.RunStarted, inputs: dict[str, Any] | None) -> RunInputs:
    sys = started.sys
    names = ("query", "files", "conversation_id", "dialogue_count", "user_id", "app_id", "workflow_id")
    return RunInputs(
        inputs=started.inputs if inputs is None else inputs,
        conversation=started.conversation,
        history=started.history,
        root=started.root,
        limits=started.limits,
        **{name: sys[name] for name in names if name in sys},
    )
