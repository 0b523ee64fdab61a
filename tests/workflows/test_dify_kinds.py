"""Every node type of Dify's: what its data becomes, and that an export says the same again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.test_dify import app, node
from workflows import check, load
from workflows.definition import Definition
from workflows.dsl import dump_dify, export_dify

MODEL = {"provider": "langgenius/openai/openai", "name": "gpt", "mode": "chat", "completion_params": {"top_p": 1}}
READ_MODEL = {"provider": "langgenius/openai/openai", "name": "gpt", "params": {"top_p": 1}}
CONDITION = {"variable_selector": ["start", "q"], "comparison_operator": "is not empty", "value": ""}

TABLE: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("loop", {"loop_count": "5", "logical_operator": "or", "break_conditions": [CONDITION], "loop_variables": [
        {"label": "n", "var_type": "number", "value_type": "constant", "value": "1"},
        {"label": "l", "var_type": "array[string]", "value_type": "constant", "value": ""},
        {"label": "v", "var_type": "string", "value_type": "variable", "value": ["start", "q"]}]},
     "loop", {"max_rounds": 5,
              "break": {"logical": "or", "conditions": [
                  {"selector": ["start", "q"], "operator": "not empty", "value": ""}]},
              "variables": [{"name": "n", "type": "number", "source": "constant", "value": 1},
                            {"name": "l", "type": "array[string]", "source": "constant", "value": []},
                            {"name": "v", "type": "string", "source": "variable", "value": ["start", "q"]}]}),
    ("iteration", {"iterator_selector": ["start", "l"], "output_selector": ["c", "o"], "is_parallel": True,
                   "parallel_nums": 3, "error_handle_mode": "remove-abnormal-output", "flatten_output": False},
     "iteration", {"items": ["start", "l"], "output": ["c", "o"], "parallel": 3, "on_error": "drop",
                   "flatten": False}),
    ("iteration", {"iterator_selector": ["start", "l"], "output_selector": ["c", "o"]},
     "iteration", {"items": ["start", "l"], "output": ["c", "o"], "parallel": 1, "on_error": "stop", "flatten": True}),
    ("assigner", {"assigned_variable_selector": ["conversation", "x"], "write_mode": "append",
                  "input_variable_selector": ["start", "q"]},
     "assigner", {"items": [{"target": ["conversation", "x"], "operation": "append", "source": "variable",
                             "value": ["start", "q"]}]}),
    ("assigner", {"version": 2, "items": [
        {"variable_selector": ["conversation", "x"], "input_type": "constant", "operation": "+=", "value": 2},
        {"variable_selector": ["conversation", "y"], "input_type": "variable", "operation": "clear", "value": ""}]},
     "assigner", {"items": [
         {"target": ["conversation", "x"], "operation": "+=", "source": "constant", "value": 2},
         {"target": ["conversation", "y"], "operation": "clear", "source": "variable", "value": None}]}),
    ("tool", {"provider_id": "a/b/c", "tool_name": "t", "tool_configurations": {
        "n": 3, "none": None, "s": {"type": "mixed", "value": "x {{#start.q#}}"}},
        "tool_parameters": {"v": {"type": "variable", "value": ["start", "q"]}, "raw": "text", "null": None,
                            "c": {"type": "constant", "value": False}}},
     "tool", {"provider": "a/b/c", "tool": "t", "settings": {"n": 3}, "outputs": {}, "arguments": [
         {"name": "s", "mode": "template", "value": "x {{#start.q#}}"},
         {"name": "v", "mode": "variable", "value": ["start", "q"]},
         {"name": "c", "mode": "constant", "value": False}]}),
    ("agent", {"agent_strategy_name": "ReAct", "agent_strategy_provider_name": "langgenius/agent/agent",
               "agent_parameters": {
                   "model": {"type": "constant", "value": {"provider": "p", "model": "m", "completion_params": {}}},
                   "instruction": {"type": "constant", "value": "Help."},
                   "query": {"type": "variable", "value": ["sys", "query"]},
                   "max_iterations": {"type": "constant", "value": 4},
                   "tools": {"type": "constant", "value": [
                       {"provider_name": "langgenius/time/time", "tool_name": "current_time", "enabled": True,
                        "parameters": {"format": {"auto": 1, "value": None}, "zone": {"auto": 0, "value": {
                            "type": "constant", "value": "UTC"}}},
                        "settings": {"s": {"value": 5}}, "extra": {"description": "Tells the time."}}]}}},
     "agent", {"model": {"provider": "p", "name": "m", "params": {}}, "strategy": "react", "instruction": "Help.",
               "query": "{{#sys.query#}}", "max_steps": 4, "memory": None, "context": None, "tools": [
                   {"provider": "langgenius/time/time", "tool": "current_time", "enabled": True,
                    "description": "Tells the time.", "arguments": [
                        {"name": "s", "mode": "constant", "value": 5},
                        {"name": "zone", "mode": "constant", "value": "UTC"}]}]}),
    ("question-classifier", {"query_variable_selector": ["sys", "query"], "model": MODEL, "topics": [],
                             "classes": [{"id": 1, "name": "Tea"}, {"id": "2", "name": "Rest"}], "instruction": "x"},
     "question-classifier", {"query": ["sys", "query"], "model": READ_MODEL, "instruction": "x", "memory": None,
                             "vision": None, "classes": [{"id": "1", "name": "Tea", "label": ""},
                                                         {"id": "2", "name": "Rest", "label": ""}]}),
    ("parameter-extractor", {"query": ["sys", "query"], "model": MODEL, "reasoning_mode": "prompt", "parameters": [
        {"name": "a", "type": "bool", "description": "d", "required": True},
        {"name": "b", "type": "select", "options": ["x", "y"]}]},
     "parameter-extractor", {"query": ["sys", "query"], "model": READ_MODEL, "instruction": "", "mode": "prompt",
                             "memory": None, "vision": None, "parameters": [
                                 {"name": "a", "type": "boolean", "options": [], "description": "d",
                                  "required": True},
                                 {"name": "b", "type": "select", "options": ["x", "y"], "description": "",
                                  "required": False}]}),
    ("list-operator", {"variable": ["start", "l"], "filter_by": {"enabled": True, "conditions": [
        {"key": "", "comparison_operator": ">=", "value": "2"}]}, "extract_by": {"enabled": True, "serial": "2"},
        "order_by": {"enabled": True, "key": "", "value": "desc"}, "limit": {"enabled": True, "size": 3}},
     "list-operator", {"items": ["start", "l"], "extract": "2", "order": {"key": "", "direction": "desc"}, "limit": 3,
                       "filter": {"logical": "and", "conditions": [{"key": "", "operator": "≥", "value": "2"}]}}),
    ("list-operator", {"variable": ["start", "l"], "filter_by": {"enabled": False, "conditions": []},
                       "order_by": {"enabled": False, "key": "", "value": "asc"}, "limit": {"enabled": False}},
     "list-operator", {"items": ["start", "l"], "filter": None, "extract": None, "order": None, "limit": None}),
    ("document-extractor", {"variable_selector": ["sys", "files"], "is_array_file": True},
     "document-extractor", {"file": ["sys", "files"]}),
    ("trigger-schedule", {"mode": "visual", "frequency": "weekly", "timezone": "Asia/Shanghai", "cron_expression": "",
                          "visual_config": {"time": "2:30 PM", "weekdays": ["mon", "fri"]}},
     "trigger-schedule", {"cron": "30 14 * * 1,5", "timezone": "Asia/Shanghai"}),
    ("trigger-webhook", {"method": "post", "content_type": "application/json", "async_mode": True, "status_code": 201,
                         "response_body": "ok", "headers": [{"name": "X-Id", "required": True}], "params": [],
                         "body": [{"name": "n", "type": "number"}]},
     "trigger-webhook", {"method": "POST", "content_type": "application/json", "params": [],
                         "response": {"wait": False, "status": 201, "body": "ok"},
                         "headers": [{"name": "X-Id", "type": "string", "required": True}],
                         "body": [{"name": "n", "type": "number", "required": False}]}),
    ("knowledge-retrieval-v2", {"query_variable_selector": ["sys", "query"], "control_space_ids": ["s"], "top_n": 2},
     "knowledge-retrieval", {"query": ["sys", "query"], "dataset_ids": ["s"], "top_k": 2, "score_threshold": None,
      "filter_model": None, "chooser": None,
                             "reranking": None, "filter": None}),
]  # fmt: skip


def read(kind: str, data: dict[str, Any]) -> Definition:
    start = node("start", "start", variables=[{"variable": name, "type": "paragraph"} for name in ("q", "l")])
    return load(app(start, node("x", kind, **data), edges=[("start", "x")], mode="advanced-chat"))


@pytest.mark.parametrize(
    ("kind", "data", "weft", "config"), TABLE, ids=[f"{row[0]}-{i}" for i, row in enumerate(TABLE)]
)
def test_a_type_is_read_and_written(kind: str, data: dict[str, Any], weft: str, config: dict[str, Any]) -> None:
    definition = read(kind, data)

    assert (definition.nodes[1].kind, definition.nodes[1].config) == (weft, config)
    exported = export_dify(definition)
    assert exported.faults == []
    assert load(exported.text).document == definition.document


@pytest.mark.parametrize(
    ("inputs", "fields"),
    [
        (
            [{"type": "text_input", "output_variable_name": "a", "placeholder": {"type": "constant", "value": "x"}}],
            [("a", "text", "x", None)],
        ),
        (
            [{"type": "paragraph", "output_variable_name": "a",
              "default": {"type": "variable", "selector": ["start", "q"], "value": ""}}],
            [("a", "paragraph", None, ["start", "q"])],
        ),
    ],
)  # fmt: skip
def test_forms_of_both_generations(inputs: list[dict[str, Any]], fields: list[Any]) -> None:
    definition = read("human-input", {
        "form_content": "Say {{#$outputs.a#}}", "inputs": inputs, "timeout": 2, "timeout_unit": "day",
        "user_actions": [{"id": "yes", "title": "Yes", "button_style": "primary"}],
        "delivery_methods": [{"id": "1", "type": "email", "enabled": True, "config": {"subject": "s", "body": "b",
                              "recipients": {"items": [{"type": "external", "email": "a@b.example"}]}}}],
    })  # fmt: skip

    config = definition.nodes[1].config
    assert definition.nodes[1].kind == "human-input"
    found = [(row["name"], row["type"], row["default"], row["default_from"]) for row in config["fields"]]
    assert (found, config["form"]) == (fields, "Say {{#$output.a#}}")
    assert config["timeout"] == {"amount": 2, "unit": "day"}
    assert config["delivery"][0]["recipients"] == ["a@b.example"]
    assert load(dump_dify(definition)).document == definition.document


def test_an_iteration_of_the_first_generation_gets_its_entry() -> None:
    first = {**node("a", "template-transform", template="x", isIterationStart=True), "parentId": "it"}
    second = {**node("b", "template-transform", template="y"), "parentId": "it"}
    definition = load(
        app(node("start", "start"), node("it", "iteration", start_node_id="a", startNodeType="template-transform"),
            first, second, edges=[("start", "it"), ("a", "b")])
    )  # fmt: skip

    assert [(edge.source, edge.handle, edge.target) for edge in definition.edges] == [
        ("start", "source", "it"), ("a", "source", "b"), ("it", "body", "a"),
    ]  # fmt: skip
    assert load(dump_dify(definition)).document == definition.document


def test_an_export_makes_the_start_child_again_with_its_own_id() -> None:
    start = {**node("its0", "iteration-start", isInIteration=True), "parentId": "it", "type": "custom-iteration-start"}
    child = {**node("c", "template-transform", template="x"), "parentId": "it"}
    definition = load(app(node("start", "start"), node("it", "iteration", start_node_id="its0"), start, child,
                          edges=[("start", "it"), ("its0", "c")]))  # fmt: skip

    again = load(dump_dify(definition))
    assert "- id: its0\n" in dump_dify(definition)
    assert "source: its0\n" in dump_dify(definition)
    assert again.document == definition.document


def test_what_is_not_understood_is_said_again() -> None:
    odd = {**node("end", "end", outputs=[], colour="red"), "glow": 3}
    file = app(node("start", "start"), odd, edges=[("start", "end")], mode="workflow")
    file |= {"moon": {"phase": 1}, "version": "0.9.0"}
    file["workflow"]["graph"]["edges"][0]["weight"] = 2
    definition = load(file)

    text = dump_dify(definition)

    for line in ("colour: red", "glow: 3", "phase: 1", "weight: 2", "version: 0.9.0"):
        assert line in text
    assert load(text).document == definition.document


def test_what_people_changed_is_not_undone_by_what_was_kept() -> None:
    definition = read("http-request", {"method": "get", "url": "https://a.example", "headers": "", "params": ""})
    document = {**definition.document}
    document["nodes"][1]["config"] |= {"method": "POST", "url": "https://b.example"}

    text = dump_dify(load(document))

    assert "method: post" in text
    assert "https://a.example" not in text


def test_what_dify_cannot_express_is_listed() -> None:
    wait = {"id": "w", "kind": "wait", "config": {"mode": "duration", "seconds": 1}}
    slow = {"id": "t", "kind": "template-transform", "config": {"template": "x"}, "policy": {"timeout_s": 5}}
    nodes = [{"id": "start", "kind": "start"}, wait, slow, {"id": "end", "kind": "end"}]
    limits = {"wall_s": 3}
    definition = load({"weft": 1, "app": {"mode": "workflow"}, "nodes": nodes, "edges": [], "limits": limits})

    exported = export_dify(definition)

    assert [(fault.code, fault.node_id, fault.field) for fault in exported.faults] == [
        ("export_unsupported", "w", "kind"),
        ("export_dropped", "t", "policy.timeout_s"),
        ("export_dropped", None, "limits.wall_s"),
        ("export_dialect", None, "dialect"),
    ]
    assert next(n.config for n in load(exported.text).nodes if n.id == "w") == wait["config"]


@pytest.mark.parametrize("mode", ["chat", "agent-chat", "completion"])
def test_an_app_without_a_graph_becomes_one(mode: str) -> None:
    config = {
        "model": {"provider": "openai", "name": "gpt", "mode": "chat", "completion_params": {}},
        "pre_prompt": "Help {{who}} with {{other}}.",
        "user_input_form": [{"text-input": {"variable": "who", "label": "Who", "required": True}}],
        "agent_mode": {"enabled": mode == "agent-chat", "strategy": "function_call", "max_iteration": 3,
                       "tools": [{"provider_id": "time", "tool_name": "current_time", "tool_parameters": {}}]},
        "dataset_configs": {"datasets": {"datasets": [{"dataset": {"enabled": True, "id": "d1"}}]}},
        "opening_statement": "Hello",
    }  # fmt: skip
    definition = load({"app": {"name": "b", "mode": mode}, "kind": "app", "model_config": config})

    last = "end" if mode == "completion" else "answer"
    maker = "agent" if mode == "agent-chat" else "llm"
    assert [node.kind for node in definition.nodes] == ["start", "knowledge-retrieval", maker, last]
    asked = (
        definition.nodes[2].config["instruction"]
        if maker == "agent"
        else definition.nodes[2].config["prompt"][0]["text"]
    )
    assert "Help {{#start.who#}} with {{other}}." in asked
    assert definition.document["features"]["opening_statement"] == "Hello"
    assert [fault.code for fault in definition.faults] == ["app_mode_converted"]
    assert [fault for fault in check(definition) if fault.severity == "error"] == []
    assert load(dump_dify(definition)).document == definition.document
