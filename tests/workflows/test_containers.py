"""Containers: iteration, loop, batch and sub-workflows, nested and failing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.workflows.builders import document, llm, node, template
from workflows import Ports, RunInputs, check, compile, load
from workflows.driver import drive
from workflows.errors import ModelError
from workflows.events import (
    Event,
    FrameFinished,
    FrameStarted,
    NodeFailed,
    NodeStarted,
    RunFailed,
    RunFinished,
)
from workflows.ports import ChatRequest
from workflows.state import fold
from workflows.testing import FixedClock, MemoryJournal, ScriptedModels, answer_of, run_to_events, trace

START = node("start", config={"variables": [{"name": "items", "type": "json"}, {"name": "q", "type": "text"}]})


def inside(parent: str, *nodes: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes, standing in a container."""
    return [{**one, "parent": parent} for one in nodes]


def end(**outputs: str) -> dict[str, Any]:
    rows = [{"name": name, "selector": selector.split(".")} for name, selector in outputs.items()]
    return node("end", config={"outputs": rows})


def each(node_id: str = "each", items: str = "start.items", output: str = "t.output", **config: Any) -> dict[str, Any]:
    return node(node_id, "iteration", {"items": items.split("."), "output": output.split("."), **config})


def outputs(events: list[Event]) -> dict[str, Any]:
    last = events[-1]
    assert isinstance(last, RunFinished), last
    return last.outputs


def iteration(**config: Any) -> dict[str, Any]:
    return document(
        START, each(**config), *inside("each", template("t", "{{ i }}:{{ x }}", x="each.item", i="each.index")),
        end(out="each.output"), edges=["start>each>end", "each:body>t"],
    )  # fmt: skip


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


def loop(*body: dict[str, Any], edges: list[str], **config: Any) -> dict[str, Any]:
    return document(
        START, node("again", "loop", config), *inside("again", *body), end(n="again.n", rounds="again.loop_round"),
        edges=["start>again>end", *edges],
    )  # fmt: skip


N = {"name": "n", "type": "number", "source": "constant", "value": 0}


def add(head: str, amount: int) -> dict[str, Any]:
    """Adds to the variable `n`."""
    item = {"target": [head, "n"], "operation": "+=", "source": "constant", "value": amount}
    return node("add", "assigner", {"items": [item]})


ADD = add("again", 2)


def until(value: str) -> dict[str, Any]:
    return {"logical": "and", "conditions": [{"selector": ["again", "n"], "operator": "≥", "value": value}]}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"max_rounds": 3}, {"n": 6, "rounds": 3}),
        ({"max_rounds": 9, "break": until("5")}, {"n": 6, "rounds": 3}),
        ({"max_rounds": 9, "break": until("0")}, {"n": 0, "rounds": 0}),
    ],
)
async def test_a_loop_runs_until_a_condition_or_its_last_round(config: Any, expected: Any) -> None:
    events = await run_to_events(loop(ADD, edges=["again:body>add"], variables=[N], **config), {})

    assert outputs(events) == expected


async def test_a_loop_end_ends_the_loop_after_the_round() -> None:
    choose = node("if", "if-else", {"cases": [{"id": "true", "conditions": until("4")["conditions"]}]})
    graph = loop(
        ADD, choose, node("stop", "loop-end"), template("go", "on"),
        edges=["again:body>add>if", "if:true>stop", "if:false>go"], variables=[N],
    )  # fmt: skip

    assert outputs(await run_to_events(graph, {})) == {"n": 4, "rounds": 2}


async def test_a_loop_fails_with_its_round() -> None:
    graph = loop(llm("m", "hi"), edges=["again:body>m"], variables=[N])

    events = await run_to_events(graph, {}, Ports(models=ScriptedModels(ModelError("model_auth", "no"))))

    assert isinstance(events[-1], RunFailed)
    assert (events[-1].error.code, events[-1].error.node_id) == ("model_auth", "again")


async def test_a_loop_variable_may_begin_with_a_value_of_the_graph() -> None:
    variable = {"name": "n", "type": "any", "source": "variable", "value": ["start", "q"]}
    graph = loop(template("t", "x"), edges=["again:body>t"], variables=[variable], max_rounds=1)

    assert outputs(await run_to_events(graph, {"q": "hello"})) == {"n": "hello", "rounds": 1}


async def test_writes_of_parallel_frames_are_all_kept() -> None:
    graph = document(
        START, each(output="m.text", parallel=5), *inside("each", llm("m", "x"), add("conversation", 1)),
        node("answer", config={"answer": "{{#conversation.n#}}"}),
        edges=["start>each>answer", "each:body>m>add"], mode="chat",
        variables={"conversation": [{"name": "n", "type": "number", "value": 3}]},
    )  # fmt: skip

    events = await run_to_events(graph, {"items": list(range(20))}, Ports(models=ScriptedModels("ok")), query="q")

    assert answer_of(events) == "23"


async def test_a_batch_runs_a_node_once_for_each_element() -> None:
    asked = {
        **llm("m", "{{#m.index#}} {{#m.item#}}"),
        "policy": {"batch": {"items": ["start", "items"], "parallel": 2}},
    }
    graph = document(START, asked, end(texts="m.text", items="m.items"), edges=["start>m>end"])

    events = await run_to_events(graph, {"items": ["a", "b", "c"]}, Ports(models=models_failing_at()))

    assert outputs(events)["texts"] == ["0 A", "1 B", "2 C"]
    assert [item["text"] for item in outputs(events)["items"]] == ["0 A", "1 B", "2 C"]
    assert sorted(fold(events).frames) == ["m:0", "m:1", "m:2"]


async def test_an_element_of_a_batch_is_tried_again_on_its_own() -> None:
    tries: list[str] = []

    def reply(request: ChatRequest) -> str | ModelError:
        tries.append(str(request.messages[-1].content))
        return ModelError("model_busy", "busy", retryable=True) if tries == ["a", "b"] else tries[-1]

    policy = {"batch": {"items": ["start", "items"]}, "retry": {"max": 2, "interval_ms": 0}}
    graph = document(START, {**llm("m", "{{#m.item#}}"), "policy": policy}, end(out="m.text"), edges=["start>m>end"])

    events = await run_to_events(graph, {"items": ["a", "b"]}, Ports(models=ScriptedModels(reply), clock=FixedClock()))

    assert outputs(events) == {"out": ["a", "b"]}
    assert tries == ["a", "b", "b"]


async def test_a_batch_may_run_a_container() -> None:
    policy = {"batch": {"items": ["start", "items"], "on_error": "drop"}}
    inner = {**each(items="each.item", output="t.output"), "policy": policy}
    graph = document(START, inner, *inside("each", template("t", "{{ x }}!", x="each.item")),
                     end(out="each.output"), edges=["start>each>end", "each:body>t"])  # fmt: skip

    events = await run_to_events(graph, {"items": [["a", "b"], "no list", ["c"]]})

    assert outputs(events) == {"out": [["a!", "b!"], ["c!"]]}


CALLED = document(
    node("start", config={"variables": [{"name": "word", "type": "text", "required": True}]}),
    template("t", "<{{ w }}>", w="start.word"), end(out="t.output"), edges=["start>t>end"],
)  # fmt: skip


def call(node_id: str, app: str, **arguments: str) -> dict[str, Any]:
    rows = [{"name": name, "mode": "template", "value": text} for name, text in arguments.items()]
    return node(node_id, "workflow", {"app": app, "arguments": rows})


async def run_with(library: dict[str, Any], graph: dict[str, Any], inputs: dict[str, Any], **ports: Any) -> list[Event]:
    plan = compile(load(graph), lambda app, version: load(library[app]) if app in library else None)
    journal = MemoryJournal()
    await drive(plan, run_id="r", inputs=RunInputs(inputs=inputs), ports=Ports(journal=journal, **ports))
    return journal.events


async def test_a_workflow_runs_as_a_node() -> None:
    graph = document(START, call("sub", "called", word="{{#start.q#}}"), end(out="sub.out", all="sub.outputs"),
                     edges=["start>sub>end"])  # fmt: skip

    events = await run_with({"called": CALLED}, graph, {"q": "hi"})

    assert outputs(events) == {"out": "<hi>", "all": {"out": "<hi>"}}
    assert fold(events).frames["sub:0"].nodes["t"].outputs == {"output": "<hi>"}
    assert outputs(events) == {"out": "<hi>", "all": {"out": "<hi>"}}


async def test_a_chat_as_a_node_gives_its_answer_and_streams_nothing() -> None:
    chat = document(node("start"), node("answer", config={"answer": "You said {{#sys.query#}}."}),
                    edges=["start>answer"], mode="chat")  # fmt: skip
    answer = node("answer", config={"answer": "({{#sub.answer#}})"})
    graph = document(node("start"), call("sub", "chat", query="{{#sys.query#}}!"), answer,
                     edges=["start>sub>answer"], mode="chat")  # fmt: skip
    plan = compile(load(graph), lambda app, version: load(chat))
    journal = MemoryJournal()

    await drive(plan, run_id="r", inputs=RunInputs(query="hi"), ports=Ports(journal=journal))

    assert answer_of(journal.events) == "(You said hi!.)"


async def test_a_workflow_that_fails_fails_its_node() -> None:
    graph = document(START, call("sub", "called"), end(), edges=["start>sub>end"])

    events = await run_with({"called": CALLED}, graph, {})

    last = events[-1]
    assert isinstance(last, RunFailed)
    assert (last.error.code, last.error.node_id) == ("input_invalid", "sub")
    assert "failed at node 'start'" in last.error.message


def codes(graph: dict[str, Any], library: dict[str, Any] | None = None) -> list[str]:
    find = None if library is None else lambda app, version: load(library[app]) if app in library else None
    return [fault.code for fault in check(load(graph), find) if fault.severity == "error"]


def test_workflows_that_cannot_be_called_are_faults() -> None:
    graph = document(START, call("sub", "a"), end(), edges=["start>sub>end"])
    loops = {"a": document(START, call("sub", "b"), end(), edges=["start>sub>end"]),
             "b": document(START, call("sub", "a"), end(), edges=["start>sub>end"])}  # fmt: skip
    deep = {f"w{i}": document(START, call("sub", f"w{i + 1}"), end(), edges=["start>sub>end"]) for i in range(9)}
    deep["w5"] = CALLED

    assert codes(graph) == []
    assert codes(graph, {}) == ["sub_workflow_missing"]
    assert codes(graph, loops) == ["sub_workflow_invalid"]
    assert codes(graph, {**deep, "a": deep["w2"]}) == []
    assert codes(graph, {**deep, "a": deep["w1"]}) == []
    assert codes(graph, {**deep, "a": deep["w0"]}) == ["sub_workflow_invalid"]


async def test_a_missing_workflow_fails_only_when_it_is_reached() -> None:
    graph = document(START, call("sub", "a"), end(), edges=["start>sub>end"])

    events = await run_to_events(graph, {})

    assert isinstance(events[-1], RunFailed)
    assert events[-1].error.code == "sub_workflow_missing"


async def test_five_hundred_elements_are_cheap() -> None:
    plan = compile(load(iteration()))
    journal = MemoryJournal()
    began = asyncio.get_running_loop().time()

    await drive(plan, run_id="r", inputs=RunInputs(inputs={"items": list(range(500))}), ports=Ports(journal=journal))

    assert len(outputs(journal.events)["out"]) == 500
    assert asyncio.get_running_loop().time() - began < 0.5


BATCH = {"batch": {"items": ["start", "items"]}}
BODY = document(START, each(), *inside("each", template("t", "x")), end(), edges=["start>each>end", "each:body>t"])


@pytest.mark.parametrize(
    ("nodes", "edges", "expected"),
    [
        ([], ["start>t"], "edge_crosses_container"),
        ([], ["t>end"], "edge_crosses_container"),
        ([{**template("u", "x"), "parent": "t"}], [], "parent_not_container"),
        ([{**each("a"), "parent": "b"}, {**each("b"), "parent": "a"}], [], "parent_circle"),
        ([{**node("begin", "start"), "parent": "each"}], [], "root_in_container"),
        ([{**node("stop", "loop-end"), "parent": "each"}], ["t>stop"], "loop_end_outside"),
        ([{**template("u", "x"), "parent": "each"}], ["t>u", "u>t"], "graph_cycle"),
        ([each("empty")], ["start>empty"], "body_empty"),
        ([each("lost"), {**template("u", "x"), "parent": "lost"}], ["start>lost"], "body_entry_missing"),
        ([{**node("over", "end"), "policy": {"batch": {"items": ["start", "items"]}}}], [], "batch_not_here"),
        ([{**node("if", "if-else", {"cases": [{"id": "a"}]}), "policy": BATCH}], ["t>if"], "batch_not_here"),
        ([{**node("ask", "human-input", {"actions": [{"id": "a"}]}), "policy": BATCH}], ["t>ask"], "batch_not_here"),
    ],
)
def test_bodies_that_cannot_run_are_faults(nodes: list[dict[str, Any]], edges: list[str], expected: str) -> None:
    more = document(*nodes, edges=edges)
    graph = {**BODY, "nodes": [*BODY["nodes"], *more["nodes"]], "edges": [*BODY["edges"], *more["edges"]]}

    assert codes(BODY) == []
    assert expected in codes(graph)


def test_a_batch_as_a_whole_may_take_another_way_when_it_fails() -> None:
    many = {**template("many", "x"), "policy": {**BATCH, "on_error": "branch"}}
    other = {**end(out="start.items"), "id": "other"}
    graph = document(START, many, end(out="many.items"), other,
                     edges=["start>many>end", "many:fail-branch>other"])  # fmt: skip

    assert codes(graph) == []


def test_a_way_that_nothing_follows_ends_a_round_without_a_word() -> None:
    condition = {"logical": "and", "conditions": [{"selector": ["each", "item"], "operator": "=", "value": "x"}]}
    body = inside("each", node("if", "if-else", {"cases": [{"id": "hit", **condition}]}), template("t", "x"))
    graph = document(START, each(), *body, end(out="each.output"), edges=["start>each>end", "each:body>if", "if:hit>t"])

    assert codes(graph) == []


def test_references_see_outward_only() -> None:
    graph = document(
        START, each(), *inside("each", template("t", "x"), template("u", "{{ y }}", y="late.output")),
        template("late", "{{ t }}{{ i }}", t="t.output", i="each.item"), end(),
        edges=["start>each>late>end", "each:body>t>u"],
    )  # fmt: skip
    found = [(fault.node_id, fault.code) for fault in check(load(graph)) if fault.severity == "error"]

    assert found == [
        ("late", "reference_unknown_node"),
        ("late", "reference_unknown_output"),
        ("u", "reference_not_upstream"),
    ]


async def test_another_root_may_begin_the_run() -> None:
    graph = document(
        node("start"), node("timer", "trigger-schedule", {"cron": "0 9 * * *"}),
        template("t", "by hand"), template("u", "on time"),
        node("join", "variable-aggregator", {"selectors": [["t", "output"], ["u", "output"]]}),
        end(out="join.output"), edges=["start>t>join", "timer>u>join", "join>end"],
    )  # fmt: skip

    by_timer = await run_to_events(graph, RunInputs(root="timer"))

    assert outputs(by_timer) == {"out": "on time"}
    assert trace(by_timer)[1:3] == ["node_skipped start", "node_skipped t"]
    assert outputs(await run_to_events(graph, {})) == {"out": "by hand"}


async def test_a_condition_that_cannot_be_told_fails_the_loop_after_a_round() -> None:
    condition = {"selector": ["t", "output"], "operator": "≥", "value": "5"}
    graph = loop(
        template("t", "no number"), edges=["again:body>t"], variables=[N],
        **{"break": {"logical": "and", "conditions": [condition]}},
    )  # fmt: skip

    events = await run_to_events(graph, {})

    last = events[-1]
    assert isinstance(last, RunFailed)
    assert (last.error.code, last.error.node_id) == ("condition_type", "again")
    assert [event.index for event in events if isinstance(event, FrameStarted)] == [0]
