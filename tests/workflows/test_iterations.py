"""Iterations: a frame for each element, nested, parallel and failing."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.workflows.builders import document, llm, node, template
from tests.workflows.containers import START, add, each, end, inside, iteration, outputs
from workflows import Ports, RunInputs, compile, load
from workflows.drive import drive
from workflows.errors import ModelError
from workflows.events import FrameFinished, FrameStarted, NodeFailed, NodeStarted, RunFailed, RunFinished
from workflows.ports import ChatRequest
from workflows.state import fold
from workflows.testing import FixedClock, MemoryJournal, ScriptedModels, answer_of, run_to_events, trace


@pytest.mark.parametrize("parallel", [1, 3])
async def test_an_iteration_collects_a_value_of_each_element(parallel: int) -> None:
    events = await run_to_events(iteration(parallel=parallel), {"items": ["a", "b", "c", "d"]})

    assert outputs(events) == {"out": ["0:a", "1:b", "2:c", "3:d"]}
    assert [event.index for event in events if isinstance(event, FrameStarted)] == [0, 1, 2, 3]
    state = fold(events)
    assert sorted(state.frames) == ["each:0", "each:1", "each:2", "each:3"]
    assert state.frames["each:2"].nodes["t"].outputs == {"output": "2:c"}
    assert (state.nodes["each"].length, state.nodes["each"].frames) == (4, 4)


async def test_a_sequential_iteration_runs_one_frame_at_a_time() -> None:
    events = await run_to_events(iteration(), {"items": ["a", "b"]})

    assert trace(events)[3:] == [
        "node_started each", "container_started each",
        "frame_started each", "node_started t", "node_finished t", "frame_finished each",
        "frame_started each", "node_started t", "node_finished t", "frame_finished each",
        "node_finished each", "node_started end", "node_finished end", "run_finished",
    ]  # fmt: skip


@pytest.mark.parametrize("items", [[], None])
async def test_an_iteration_over_nothing_opens_no_frame(items: Any) -> None:
    events = await run_to_events(iteration(), {"items": items})

    assert outputs(events) == {"out": []}
    assert not [event for event in events if isinstance(event, FrameStarted)]


async def test_an_iteration_needs_a_list() -> None:
    events = await run_to_events(iteration(), {"items": {"a": 1}})

    last = events[-1]
    assert isinstance(last, RunFailed)
    assert (last.error.code, last.error.node_id, last.error.field) == ("items_not_a_list", "each", "items")


def models_failing_at(*texts: str) -> ScriptedModels:
    def reply(request: ChatRequest) -> str | ModelError:
        text = str(request.messages[-1].content)
        return ModelError("model_refused", f"not {text}") if text in texts else text.upper()

    return ScriptedModels(reply)


def asking(**config: Any) -> dict[str, Any]:
    return document(
        START, each(output="m.text", **config), *inside("each", llm("m", "{{#each.item#}}")),
        end(out="each.output"), edges=["start>each>end", "each:body>m"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("on_error", "expected"), [("null", ["A", None, "C", "D"]), ("drop", ["A", "C", "D"]), ("stop", None)]
)
@pytest.mark.parametrize("parallel", [1, 2])
async def test_what_a_failed_element_does(on_error: str, expected: Any, parallel: int) -> None:
    ports = Ports(models=models_failing_at("b"))

    events = await run_to_events(asking(on_error=on_error, parallel=parallel), {"items": ["a", "b", "c", "d"]}, ports)

    last = events[-1]
    if expected is None:
        assert isinstance(last, RunFailed)
        assert (last.error.code, last.error.node_id) == ("model_refused", "each")
        assert "Element 1 failed at node 'm': not b" in last.error.message
        failed = [event for event in events if isinstance(event, NodeFailed) and event.node_id == "each"]
        assert failed[0].outputs["output"][0] == "A"
        assert len([event for event in events if isinstance(event, FrameStarted)]) <= 1 + parallel
    else:
        assert outputs(events) == {"out": expected}
        assert isinstance(last, RunFinished)
        assert last.exceptions == 1
        errors = {event.index: event.error.code for event in events if isinstance(event, FrameFinished) and event.error}
        assert errors == {1: "model_refused"}


async def test_a_child_follows_its_own_policy_first() -> None:
    graph = asking()
    graph["nodes"][2]["policy"] = {"on_error": "default", "default_outputs": {"text": "?"}}

    events = await run_to_events(graph, {"items": ["a", "b"]}, Ports(models=models_failing_at("b")))

    assert outputs(events) == {"out": ["A", "?"]}


async def test_a_container_follows_its_policy_when_its_frames_have_failed() -> None:
    graph = asking()
    graph["nodes"][1]["policy"] = {"retry": {"max": 1, "interval_ms": 0}}
    tries: list[str] = []

    def reply(request: ChatRequest) -> str | ModelError:
        text = str(request.messages[-1].content)
        tries.append(text)
        return ModelError("model_refused", "no") if tries == ["a", "b"] else text

    events = await run_to_events(graph, {"items": ["a", "b"]}, Ports(models=ScriptedModels(reply), clock=FixedClock()))

    assert outputs(events) == {"out": ["a", "b"]}
    assert tries == ["a", "b", "a", "b"]
    assert sorted(fold(events).frames) == ["each:0", "each:1"]
    assert [event.attempt for event in events if isinstance(event, NodeStarted) and event.node_id == "each"] == [1, 2]


async def test_a_container_may_give_defaults() -> None:
    graph = asking()
    graph["nodes"][1]["policy"] = {"on_error": "default", "default_outputs": {"output": ["none"]}}

    assert outputs(await run_to_events(graph, {"items": ["b"]}, Ports(models=models_failing_at("b")))) == {
        "out": ["none"]
    }


async def test_a_container_that_takes_too_long_ends_its_frames() -> None:
    graph = asking(parallel=2)
    graph["nodes"][1]["policy"] = {"timeout_s": 0.05}
    models = ScriptedModels("slow", delay_s=30)

    events = await run_to_events(graph, {"items": ["a", "b", "c"]}, Ports(models=models))

    assert isinstance(events[-1], RunFailed)
    assert events[-1].error.code == "node_timeout"
    assert models.aborted == 2
    assert {frame.status for frame in fold(events).frames.values()} == {"stopped"}


async def test_lists_of_lists_are_joined_where_asked_for() -> None:
    for flatten, expected in ((True, [1, 2, 2, 4]), (False, [[1, 2], [2, 4]])):
        graph = document(
            START, each(output="each.item", flatten=flatten), *inside("each", template("t", "x")),
            end(out="each.output"), edges=["start>each>end", "each:body>t"],
        )  # fmt: skip
        assert outputs(await run_to_events(graph, {"items": [[1, 2], [2, 4]]})) == {"out": expected}


async def test_containers_within_containers_see_all_around_them() -> None:
    graph = document(
        START, each("outer", output="inner.output"),
        *inside("outer", each("inner", items="outer.item", output="t.output")),
        *inside("inner", template("t", "{{ q }}{{ o }}{{ i }}", q="start.q", o="outer.index", i="inner.item")),
        end(out="outer.output"), edges=["start>outer>end", "outer:body>inner", "inner:body>t"],
    )  # fmt: skip

    events = await run_to_events(graph, {"items": [["a", "b"], ["c"]], "q": "-"})

    assert outputs(events) == {"out": [["-0a", "-0b"], ["-1c"]]}
    assert set(fold(events).frames) == {"outer:0", "outer:0/inner:0", "outer:0/inner:1", "outer:1", "outer:1/inner:0"}


async def test_nesting_needs_no_recursion() -> None:
    depth = 300
    nodes: list[dict[str, Any]] = []
    edges = []
    for i in range(depth):
        config = {"items": ["start", "items"], "output": [f"c{i + 1}", "output"]}
        nodes.append({**node(f"c{i}", "iteration", config), "parent": f"c{i - 1}" if i else None})
        edges.append(f"c{i}:body>c{i + 1}")
    leaf = template(f"c{depth}", "leaf")
    graph = document(START, *nodes, {**leaf, "parent": f"c{depth - 1}"}, end(out="c0.output"),
                     edges=["start>c0>end", *edges])  # fmt: skip

    async def deep() -> Any:
        return outputs(await run_to_events(graph, {"items": ["x"]}))["out"]

    out = await deep()
    for _ in range(depth):
        assert isinstance(out, list)
        (out,) = out
    assert out == "leaf"


async def test_writes_of_parallel_frames_are_all_kept() -> None:
    graph = document(
        START, each(output="m.text", parallel=5), *inside("each", llm("m", "x"), add("conversation", 1)),
        node("answer", config={"answer": "{{#conversation.n#}}"}),
        edges=["start>each>answer", "each:body>m>add"], mode="chat",
        variables={"conversation": [{"name": "n", "type": "number", "value": 3}]},
    )  # fmt: skip

    events = await run_to_events(graph, {"items": list(range(20))}, Ports(models=ScriptedModels("ok")), query="q")

    assert answer_of(events) == "23"


async def test_five_hundred_elements_are_cheap() -> None:
    plan = compile(load(iteration()))
    journal = MemoryJournal()
    began = time.process_time()

    await drive(plan, run_id="r", inputs=RunInputs(inputs={"items": list(range(500))}), ports=Ports(journal=journal))

    assert len(outputs(journal.events)["out"]) == 500
    assert time.process_time() - began < 0.5
