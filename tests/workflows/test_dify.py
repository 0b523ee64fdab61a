"""Dify's files: read with tolerance, nothing dropped, placeholders for what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from workflows import DefinitionError, Ports, check, compile, dump, load
from workflows.dsl.report import unsupported
from workflows.errors import HttpError
from workflows.events import RunFailed, RunFinished
from workflows.ports import HttpRequest
from workflows.testing import FakeHttp, ScriptedModels, run_to_events


def app(
    *nodes: dict[str, Any], edges: list[tuple[str, ...]] = (), mode: str = "workflow", **workflow: Any
) -> dict[str, Any]:  # type: ignore[assignment]
    rows = [
        {"id": f"{e[0]}-{e[1]}", "source": e[0], "target": e[1], "sourceHandle": e[2] if len(e) > 2 else "source"}
        for e in edges
    ]
    graph = {"nodes": list(nodes), "edges": rows}
    return {
        "version": "0.3.0",
        "kind": "app",
        "app": {"name": "demo", "mode": mode},
        "workflow": {"graph": graph, **workflow},
    }


def node(node_id: str, kind: str, **data: Any) -> dict[str, Any]:
    return {"id": node_id, "data": {"type": kind, "title": node_id, **data}, "position": {"x": 1, "y": 2}}


START = node("start", "start", variables=[])


def end(**outputs: list[str]) -> dict[str, Any]:
    rows = [{"variable": name, "value_selector": selector} for name, selector in outputs.items()]
    return node("end", "end", outputs=rows)


async def outputs(definition: dict[str, Any], inputs: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    events = await run_to_events(definition, inputs or {}, **given)
    last = events[-1]
    assert isinstance(last, RunFinished), last
    return last.outputs


async def test_an_input_nobody_declared_reaches_who_refers_to_it() -> None:
    assert await outputs(app(START, end(o=["start", "q"]), edges=[("start", "end")]), {"q": "hi"}) == {"o": "hi"}


async def test_both_arms_of_a_switch_and_a_shared_child() -> None:
    def code(name: str) -> dict[str, Any]:
        return node(name, "template-transform", template=name, variables=[])

    condition = {
        "variable_selector": ["start", "switch"],
        "comparison_operator": "=",
        "value": "1",
        "varType": "number",
    }
    definition = app(
        node("start", "start", variables=[{"variable": "switch", "type": "number", "required": True}]),
        node("if", "if-else", cases=[{"case_id": True, "logical_operator": "and", "conditions": [condition]}]),
        code("c1"), code("c2"), code("c3"), end(a=["c1", "output"], b=["c2", "output"], c=["c3", "output"]),
        edges=[("start", "if"), ("if", "c1", "true"), ("if", "c2", "true"), ("if", "c2", "false"),
               ("if", "c3", "false"), ("c1", "end"), ("c2", "end"), ("c3", "end")],
    )  # fmt: skip
    definition["workflow"]["graph"]["edges"][3]["id"] = "if-c2"

    assert await outputs(definition, {"switch": 1}) == {"a": "c1", "b": "c2", "c": None}
    assert await outputs(definition, {"switch": "0"}) == {"a": None, "b": "c2", "c": "c3"}


async def test_a_grouped_aggregator() -> None:
    groups = [
        {"groupId": "1", "group_name": "one", "output_type": "string", "variables": [["ghost", "x"], ["start", "q"]]}
    ]
    aggregator = node(
        "agg", "variable-assigner", variables=[], advanced_settings={"group_enabled": True, "groups": groups}
    )
    definition = app(START, aggregator, end(o=["agg", "one", "output"]), edges=[("start", "agg"), ("agg", "end")])

    assert await outputs(definition, {"q": "hi"}) == {"o": "hi"}


async def test_memory_puts_history_before_the_question() -> None:
    models = ScriptedModels("hi")
    llm = node(
        "llm", "llm",
        model={"provider": "openai", "name": "gpt", "mode": "chat", "completion_params": {"temperature": 0.1}},
        prompt_template=[{"role": "system", "text": "Be kind."}], memory={"window": {"enabled": True, "size": 1}},
        context={"enabled": False}, vision={"enabled": False}, variables=[],
    )  # fmt: skip
    definition = app(
        START, llm, node("answer", "answer", answer="{{#llm.text#}}"), edges=[("start", "llm"), ("llm", "answer")],
        mode="advanced-chat",
    )  # fmt: skip
    history = [{"role": role, "content": str(i)} for i, role in enumerate(["user", "assistant"] * 3)]

    await run_to_events(definition, {}, Ports(models=models), query="now", history=history)

    sent = [(message.role, message.content) for message in models.requests[0].messages]
    assert sent == [("system", "Be kind."), ("user", "4"), ("assistant", "5"), ("user", "now")]
    assert models.requests[0].params == {"temperature": 0.1}


async def test_an_http_failure_with_a_default_value() -> None:
    http = node(
        "http", "http-request", method="get", url="https://x.example/{{#start.q#}}",
        headers="X-A: {{#start.q#}}\nX-B:2",
        params="p:1", authorization={"type": "api-key", "config": {"type": "bearer", "api_key": "k"}},
        body={"type": "none", "data": ""}, error_strategy="default-value",
        default_value=[{"key": "status_code", "type": "number", "value": "599"}], timeout=None,
    )  # fmt: skip
    fake = FakeHttp(HttpError("http_unreachable", "no"))
    definition = app(START, http, end(code=["http", "status_code"]), edges=[("start", "http"), ("http", "end")])

    assert await outputs(definition, {"q": "v"}, ports=Ports(http=fake)) == {"code": 599}
    headers = [("X-A", "v"), ("X-B", "2"), ("Authorization", "Bearer k")]
    asked = HttpRequest(
        method="GET", url="https://x.example/v?p=1", headers=headers, secret_headers=("Authorization",), timeout_s=600
    )
    assert fake.requests == [asked]


async def test_what_the_engine_lacks_becomes_a_placeholder_that_fails_only_when_reached() -> None:
    odd = node("odd", "teleporter", place="moon", nested={"a": [1]})
    condition = {"variable_selector": ["start", "q"], "comparison_operator": "is", "value": "use"}
    choice = node("if", "if-else", cases=[{"case_id": "true", "conditions": [condition]}])
    definition = app(
        START, choice, odd, end(o=["start", "q"]),
        edges=[("start", "if"), ("if", "odd", "true"), ("odd", "end"), ("if", "end", "false")],
    )  # fmt: skip

    assert await outputs(definition, {"q": "skip"}) == {"o": "skip"}
    last = (await run_to_events(definition, {"q": "use"}))[-1]
    assert isinstance(last, RunFailed)
    assert (last.error.code, last.error.node_id) == ("node_unsupported", "odd")
    assert last.error.message == "This node cannot run here: the node type teleporter is missing."
    placeholder = next(n for n in load(definition).nodes if n.id == "odd")
    assert placeholder.config["data"] == odd["data"]
    faults = check(load(definition))
    assert "node_unsupported" in {fault.code for fault in faults}
    assert {fault.severity for fault in faults} == {"warning"}


@pytest.mark.parametrize(
    ("root", "missing"),
    [
        (
            node("root", "trigger-plugin", provider_id="git", event_name="push"),
            "the trigger git/push",
        ),
        (
            node("root", "datasource", plugin_id="drive", datasource_name="files"),
            "the data source drive/files",
        ),
    ],
)
async def test_a_root_nobody_has_fails_only_when_a_run_begins_there(root: dict[str, Any], missing: str) -> None:
    alone = app(root, end(o=["root", "text"]), edges=[("root", "end")])
    start = node("start", "start", variables=[{"variable": "q", "type": "text-input", "label": "q"}])
    beside = app(start, root, end(o=["start", "q"]), edges=[("start", "end"), ("root", "end")])

    message = f"This node cannot run here: {missing} is missing."
    for definition in (alone, beside):
        assert [(f.code, f.node_id, f.severity) for f in check(load(definition))] == [
            ("node_unsupported", "root", "warning")
        ]
    last = (await run_to_events(alone, {}))[-1]
    assert isinstance(last, RunFailed)
    assert (last.error.code, last.error.node_id, last.error.message) == ("node_unsupported", "root", message)
    assert await outputs(beside, {"q": "x"}) == {"o": "x"}


async def test_a_tool_nobody_has_fails_only_when_reached_and_is_named() -> None:
    tool = node("tool", "tool", provider_id="jina", tool_name="reader", tool_parameters={"url": None})
    definition = app(START, tool, end(o=["tool", "text"]), edges=[("start", "tool"), ("tool", "end")])

    message = "This node cannot run here: the tool jina/reader is missing."
    assert unsupported(load(definition)) == [
        {
            "code": "node_unsupported",
            "message": message,
            "node_id": "tool",
            "kind": "tool",
            "missing": "the tool jina/reader",
        }
    ]
    assert not [fault for fault in check(load(definition)) if fault.severity == "error"]
    last = (await run_to_events(definition, {}))[-1]
    assert isinstance(last, RunFailed)
    assert "jina" in last.error.message
    assert "reader" in last.error.message


def test_loose_files_load_with_warnings() -> None:
    definition = load(
        {
            "app": {"name": "old", "mode": "workflow"},
            "workflow": {
                "graph": {
                    "nodes": [
                        {"id": "a.b", "data": {"type": "start"}},
                        {
                            "id": 17,
                            "data": {"type": "end", "outputs": [{"variable": "o", "value_selector": ["a.b", "q"]}]},
                        },
                        {"id": "note", "type": "custom-note", "data": {"type": "", "text": "hello"}},
                    ],
                    "edges": [{"source": "a.b", "target": 17}, {"source": "a.b", "target": "gone"}],
                },
                "environment_variables": [{"id": "1", "name": "K", "value_type": "secret", "value": ""}],
            },
        }
    )

    assert [(n.id, n.kind) for n in definition.nodes] == [("a_b", "start"), ("17", "end"), ("note", "note")]
    assert definition.nodes[1].config == {"outputs": [{"name": "o", "selector": ["a_b", "q"]}]}
    assert sorted(fault.code for fault in definition.faults) == ["edge_dropped", "node_renamed", "secret_missing"]
    assert [fault.severity for fault in check(definition)] == ["warning"] * 4
    assert load(dump(definition)).document == definition.document


def test_a_bare_graph_loads() -> None:
    definition = load({"nodes": [START, end(o=["sys", "user_id"])], "edges": [{"source": "start", "target": "end"}]})

    assert compile(definition).mode == "workflow"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"kind": "rag_pipeline"}, "format_unknown"),
        ({"kind": "app"}, "format_unknown"),
        ({"nodes": [1]}, "format_unknown"),
        ({"services": {"web": {}}}, "format_unknown"),
    ],
)
def test_what_is_no_workflow_is_refused(value: dict[str, Any], code: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        load(value)

    assert raised.value.faults[0].code == code
