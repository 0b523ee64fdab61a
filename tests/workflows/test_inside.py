"""What a running task may ask of the engine: steps that are recorded, and frames of other workflows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.workflows.builders import document, llm, node, template
from tests.workflows.probes import Worker
from workflows import Plan, Ports, RunInputs, compile, load, registry
from workflows.context import Context
from workflows.drive import drive
from workflows.errors import NodeError
from workflows.events import (
    Event,
    FrameStarted,
    NodeFailed,
    NodeIntent,
    NodeRetrying,
    NodeStep,
    RunFailed,
    RunFinished,
    RunPaused,
    decode,
    encode,
)
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.fields import NodeConfig
from workflows.ports import Signal
from workflows.scope import Scope
from workflows.state import fold
from workflows.testing import MemoryJournal, ScriptedModels

CALLS: list[str] = []


class Config(NodeConfig):
    """Nothing to set."""


class Caller(NodeType[Config]):
    """Does a step, calls a workflow with what it gave, and calls it again with what came back."""

    kind = "caller"
    family = "tool"
    config = Config
    effect = "idempotent"
    outputs = (Output("out", "string"),)

    def build(self, config: Config, scope: Scope) -> Step:
        region = scope.sub_workflow("called", None, "app")

        async def run(ctx: Context) -> Result:
            async def call() -> str:
                CALLS.append(ctx.step_key)
                return f"step {len(CALLS)}"

            first = await ctx.step("ask", "tool", {"n": 1}, call)
            one = await ctx.run_frame(region or "", {"word": first})
            two = await ctx.run_frame(region or "", {"word": one["out"]})
            return Result({"out": two["out"]})

        return Step(task=run)


CALLED = document(
    node("start", config={"variables": [{"name": "word", "type": "text", "required": True}]}),
    llm("m", "{{#start.word#}}"), template("t", "<{{ w }}>", w="m.text"),
    node("end", config={"outputs": [{"name": "out", "selector": ["t", "output"]}]}), edges=["start>m>t>end"],
)  # fmt: skip
WAITING = document(
    node("start", config={"variables": [{"name": "word", "type": "text"}]}),
    node("wait", config={"mode": "event", "event": "go"}),
    node("end", config={"outputs": [{"name": "out", "selector": ["start", "word"]}]}), edges=["start>wait>end"],
)  # fmt: skip
GRAPH = document(
    node("start"), node("caller"), node("end", config={"outputs": [{"name": "out", "selector": ["caller", "out"]}]}),
    edges=["start>caller>end"],
)  # fmt: skip


@pytest.fixture(autouse=True)
def _caller() -> Iterator[None]:
    CALLS.clear()
    with registry.temporary(Caller()):
        yield


def plan_with(called: dict[str, Any]) -> Plan:
    return compile(load(GRAPH), lambda app, version: load(called))


async def finish(plan: Plan, history: list[Event], signals: list[Signal] | None = None) -> list[Event]:
    journal = MemoryJournal()
    models = ScriptedModels(lambda request: str(request.messages[-1].content))
    ports = Ports(models=models, journal=journal)
    await drive(plan, run_id="r", inputs=RunInputs(), ports=ports, history=history, signals=signals or [])
    return [*history, *journal.events]


async def test_a_task_may_run_workflows_in_its_runs_own_log() -> None:
    log = await finish(plan_with(CALLED), [])

    assert isinstance(log[-1], RunFinished)
    assert log[-1].outputs == {"out": "<<step 1>>"}
    opened = [(event.index, event.region, event.inputs) for event in log if isinstance(event, FrameStarted)]
    assert opened == [(0, "called@latest", {"word": "step 1"}), (1, "called@latest", {"word": "<step 1>"})]
    state = fold(log)
    assert sorted(state.frames) == ["caller:0", "caller:1"]
    assert [step.output for step in state.nodes["caller"].steps] == ["step 1"]


async def test_a_task_cut_off_anywhere_finds_its_steps_and_frames_again() -> None:
    plan = plan_with(CALLED)
    whole = await finish(plan, [])

    for cut in range(1, len(whole)):
        CALLS.clear()
        history = [decode(encode(event)) for event in whole[:cut]]
        log = await finish(plan, history)

        done = any(isinstance(event, NodeStep) for event in history)
        assert isinstance(log[-1], RunFinished)
        assert log[-1].outputs == {"out": "<<step 1>>"}
        assert len(CALLS) == (0 if done else 1)
        assert [event.index for event in log if isinstance(event, FrameStarted)] == [0, 1]


async def test_a_wait_inside_a_called_workflow_pauses_the_run() -> None:
    plan = plan_with(WAITING)

    log = await finish(plan, [])
    pauses = 0
    while isinstance(log[-1], RunPaused):
        (reason,) = log[-1].reasons
        assert reason["frame"] == f"caller:{pauses}"
        pauses += 1
        log = await finish(plan, log, [Signal(key=reason["key"], type="event")])

    assert pauses == 2
    assert isinstance(log[-1], RunFinished)
    assert log[-1].outputs == {"out": "step 1"}
    assert CALLS == ["r:caller:1:1"]


async def test_a_called_workflow_that_fails_fails_the_call() -> None:
    class Broken(ScriptedModels):
        def chat(self, request: Any) -> Any:
            raise NodeError("odd", "It is odd.")

    journal = MemoryJournal()
    last = await drive(plan_with(CALLED), run_id="r", inputs=RunInputs(), ports=Ports(models=Broken(), journal=journal))

    assert isinstance(last, RunFailed)
    assert (last.error.code, last.error.node_id) == ("odd", "caller")
    assert fold(journal.events).frames["caller:0"].status == "failed"


async def test_a_workflow_that_the_plan_does_not_hold_cannot_be_called() -> None:
    journal = MemoryJournal()
    last = await drive(compile(load(GRAPH)), run_id="r", inputs=RunInputs(), ports=Ports(journal=journal))

    assert isinstance(last, RunFailed)
    assert last.error.code == "sub_workflow_missing"


@pytest.mark.parametrize("calls", range(1, 9))
async def test_a_journal_that_refuses_inside_a_step_ends_the_drive_and_leaves_no_hole(calls: int) -> None:
    """The node's own policy has no say: what the journal raises is no failure of the node."""

    class Failing(MemoryJournal):
        asked = 0

        async def append(self, events: Sequence[Event], *, durable: bool) -> None:
            self.asked += 1
            if self.asked == calls:
                raise ConnectionError("the database is gone")
            await super().append(events, durable=durable)

    policy = {"retry": {"max": 2, "interval_ms": 0}, "on_error": "default", "default_outputs": {"done": []}}
    work = node("work", "worker", {"steps": ["a", "b"], "effect": "once", "parallel": True}, policy=policy)
    graph = document(node("start"), work, node("end"), edges=["start>work>end"])
    journal = Failing()
    with registry.temporary(Worker()):
        plan = compile(load(graph))
        try:
            ended = await drive(plan, run_id="r", inputs=RunInputs(), ports=Ports(journal=journal))
        except ConnectionError:
            ended = None

    assert [event.seq for event in journal.events] == list(range(1, len(journal.events) + 1))
    assert isinstance(ended, RunFinished) == (journal.asked < calls)
    assert not [event for event in journal.events if isinstance(event, NodeFailed | NodeRetrying)]
    assert isinstance(journal.events[-1:] and journal.events[-1], RunFinished) == (ended is not None)


async def test_a_node_cut_off_while_it_commits_does_not_cut_the_log() -> None:
    class Slow(MemoryJournal):
        async def append(self, events: Sequence[Event], *, durable: bool) -> None:
            if any(isinstance(event, NodeIntent) for event in events):
                await asyncio.sleep(0.1)
            await super().append(events, durable=durable)

    policy = {"timeout_s": 0.02, "on_error": "default", "default_outputs": {"done": []}}
    work = node("work", "worker", {"steps": ["a"], "effect": "once"}, policy=policy)
    graph = document(node("start"), work, node("end"), edges=["start>work>end"])
    journal = Slow()
    with registry.temporary(Worker()):
        ended = await drive(compile(load(graph)), run_id="r", inputs=RunInputs(), ports=Ports(journal=journal))

    assert isinstance(ended, RunFinished)
    assert [event.seq for event in journal.events] == list(range(1, ended.seq + 1))
