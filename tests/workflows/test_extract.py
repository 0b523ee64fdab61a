from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.builders import document, node
from workflows import Ports, check
from workflows.errors import ModelError
from workflows.events import Event, NodeFailed, NodeFinished, RunFailed, Usage
from workflows.nodes.parameter_extractor import FUNCTION
from workflows.ports import ChatRequest
from workflows.testing import ScriptedModels, calls, run_to_events

MODEL = {"provider": "p", "name": "m"}
PARAMETERS = [
    {"name": "city", "type": "string", "description": "Where", "required": True},
    {"name": "days", "type": "number"},
    {"name": "urgent", "type": "boolean"},
    {"name": "size", "type": "select", "options": ["S", "L"]},
    {"name": "tags", "type": "array[string]"},
]
SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "description": "Where"},
        "days": {"type": "number"},
        "urgent": {"type": "boolean"},
        "size": {"type": "string", "enum": ["S", "L"]},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["city"],
}
EMPTY = {"city": "", "days": 0, "urgent": False, "size": "", "tags": []}
ALL = {"city": "Bonn", "days": 3, "urgent": True, "size": "L", "tags": ["a"]}
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "cost": 0.0}


def extracting(**config: Any) -> dict[str, Any]:
    extractor = node("x", "parameter-extractor", {"model": MODEL, "parameters": PARAMETERS, **config})
    return document(node("start"), extractor, node("end"), edges=["start>x>end"])


async def outputs_of(*replies: Any, **config: Any) -> tuple[dict[str, Any], ScriptedModels, list[Event]]:
    models = ScriptedModels(*replies, usage=Usage(1, 2, 3))
    events = await run_to_events(extracting(**config), ports=Ports(models=models), query="To Bonn, 3 days")
    done = next(event for event in events if isinstance(event, NodeFinished) and event.node_id == "x")
    return done.outputs, models, events


async def test_values_are_handed_in_by_a_call() -> None:
    outputs, models, _ = await outputs_of([calls((FUNCTION, ALL))])

    assert outputs == {**ALL, "__is_success": 1, "__reason": None, "__usage": USAGE}
    request = models.requests[0]
    assert (request.tools[0].parameters, request.tool_choice) == (SCHEMA, FUNCTION)


async def test_a_model_without_tools_is_asked_in_the_prompt() -> None:
    def reply(request: ChatRequest) -> Any:
        return ModelError("model_no_tools", "No tools.") if request.tools else 'Sure: {"city": "Bonn"}'

    outputs, models, events = await outputs_of(reply)

    assert outputs == {**EMPTY, "city": "Bonn", "__is_success": 1, "__reason": None, "__usage": USAGE}
    assert [bool(request.tools) for request in models.requests] == [True, False]
    assert '"required": ["city"]' in str(models.requests[1].messages[0].content)
    done = next(event for event in events if isinstance(event, NodeFinished) and event.node_id == "x")
    assert done.facts == {"mode": "prompt"}


@pytest.mark.parametrize(
    ("reply", "values", "reason"),
    [
        ('{"city": "Bonn", "days": "3", "urgent": "yes", "tags": "[\\"a\\"]", "size": "L"}', ALL, None),
        ('<think>{"city": "X"}</think>{"city": "Bonn"}', {**EMPTY, "city": "Bonn"}, None),
        ("I cannot say.", EMPTY, "The model's reply holds no values."),
        ('{"days": 2}', {**EMPTY, "days": 2}, "The text says nothing of 'city', which is required."),
        ('{"city": "Bonn", "days": "many"}', {**EMPTY, "city": "Bonn"}, "days: 'many' is not of type 'number'"),
        ('{"city": "Bonn", "size": "XL"}', {**EMPTY, "city": "Bonn"}, "size: 'XL' is not one of ['S', 'L']"),
        ('{"city": "Bonn", "tags": [1], "more": 1}', {**EMPTY, "city": "Bonn", "tags": ["1"]}, None),
    ],
)
async def test_what_a_reply_misses(reply: str, values: dict[str, Any], reason: str | None) -> None:
    outputs, _, _ = await outputs_of(reply, mode="prompt")

    assert outputs == {**values, "__is_success": 0 if reason else 1, "__reason": reason, "__usage": USAGE}


async def test_a_model_that_fails_fails_the_node_with_its_outputs() -> None:
    models = ScriptedModels(ModelError("model_auth", "No key."))

    events = await run_to_events(extracting(), ports=Ports(models=models), query="Q")

    assert isinstance(events[-1], RunFailed)
    assert events[-1].error.code == "model_auth"

    definition = extracting()
    definition["nodes"][1]["policy"] = {"on_error": "branch"}
    events = await run_to_events(definition, ports=Ports(models=models), query="Q")

    failed = next(event for event in events if isinstance(event, NodeFailed))
    assert {name: failed.outputs[name] for name in ("__is_success", "__reason", "city")} == {
        "__is_success": 0, "__reason": "No key.", "city": "",
    }  # fmt: skip


async def test_a_chinese_text_is_asked_in_chinese_with_its_conversation() -> None:
    models = ScriptedModels("{}")
    history = [{"role": "user", "content": "你好"}]

    await run_to_events(
        extracting(mode="prompt", instruction="只看城市", memory={"enabled": True}),
        ports=Ports(models=models), query="我要去北京出差三天", history=history,
    )  # fmt: skip

    system = str(models.requests[0].messages[0].content)
    assert system.startswith("你负责从文本中提取信息")
    assert "补充说明：\n只看城市" in system
    assert "Human: 你好" in system


def test_what_is_wrong_is_said_before_a_run() -> None:
    parameters = [
        {"name": "a", "type": "select"},
        {"name": "a"},
        {"name": "__reason"},
    ]

    faults = [(fault.code, fault.field) for fault in check(extracting(parameters=parameters)) if fault.node_id == "x"]

    assert faults == [
        ("name_duplicate", "parameters"),
        ("options_empty", "parameters.0.options"),
        ("name_reserved", "parameters.2.name"),
    ]
