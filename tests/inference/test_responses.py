"""The responses endpoint, by the official client: whole, as raw events, and through its helper that adds events up."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from inference.errors import InferenceError
from inference.request import Grammar, Piece, ToolCall, Turn
from tests.inference.scripted import MODEL, ScriptedModel, speaking
from tests.inference.test_contract import CALLING, LOOK, SCHEMA

TOOL: Any = {"type": "function", **LOOK["function"], "strict": False}  # type: ignore[dict-item]


async def test_a_response_has_items_for_thinking_text_and_calls() -> None:
    async with speaking(ScriptedModel(*CALLING)) as (client, _):
        whole = await client.responses.create(model=MODEL, input="Hi", tools=[TOOL], metadata={"k": "v"})
        async with client.responses.stream(model=MODEL, input="Hi", tools=[TOOL]) as stream:
            kinds = [event.type async for event in stream]
            final = await stream.get_final_response()

    assert [item.type for item in whole.output] == ["reasoning", "message", "function_call", "function_call"]
    assert whole.output_text == "Let me see. "
    calls = [item for item in whole.output if item.type == "function_call"]
    assert [(call.call_id, call.name, call.arguments) for call in calls] == [
        ("call_1", "look", '{"q":"x"}'),
        ("call_2", "go", "{}"),
    ]
    assert (whole.status, whole.metadata, whole.incomplete_details) == ("completed", {"k": "v"}, None)
    assert whole.usage is not None
    assert (whole.usage.input_tokens, whole.usage.output_tokens, whole.usage.total_tokens) == (3, 7, 10)
    assert whole.usage.output_tokens_details.reasoning_tokens == 1
    assert kinds == [
        "response.created", "response.in_progress",
        "response.output_item.added", "response.content_part.added", "response.reasoning_text.delta",
        "response.reasoning_text.done", "response.content_part.done", "response.output_item.done",
        "response.output_item.added", "response.content_part.added", "response.output_text.delta",
        "response.output_text.done", "response.content_part.done", "response.output_item.done",
        "response.output_item.added", "response.function_call_arguments.delta",
        "response.function_call_arguments.delta", "response.function_call_arguments.done", "response.output_item.done",
        "response.output_item.added", "response.function_call_arguments.delta",
        "response.function_call_arguments.done", "response.output_item.done",
        "response.completed",
    ]  # fmt: skip
    assert [item.type for item in final.output] == [item.type for item in whole.output]
    assert final.output_text == whole.output_text


async def test_events_are_numbered_and_a_fault_ends_them() -> None:
    async with speaking(ScriptedModel(Piece("a", 1), InferenceError("engine_failed", "It broke."))) as (client, _):
        events: list[Any] = [
            event async for event in await client.responses.create(model=MODEL, input="Hi", stream=True)
        ]

    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].type == "response.failed"
    assert (events[-1].response.status, events[-1].response.error.message) == ("failed", "It broke.")


async def test_input_items_become_a_conversation() -> None:
    model = ScriptedModel(Piece("", 1, "length"))
    items: Any = [
        {"role": "user", "content": [{"type": "input_text", "text": "Go"}]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"},
        {"type": "function_call", "call_id": "c2", "name": "look", "arguments": "[]"},
        {"type": "function_call_output", "call_id": "c1", "output": "seen"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Done."}]},
    ]
    async with speaking(model) as (client, _):
        cut = await client.responses.create(
            model=MODEL, input=items, instructions="Be brief.", max_output_tokens=5, reasoning={"effort": "high"},
            text={"format": {"type": "json_schema", "name": "s", "schema": SCHEMA}},
        )  # fmt: skip

    turns, params = model.asked[0]
    assert turns == [
        Turn("system", "Be brief."),
        Turn("user", "Go"),
        Turn("assistant", "", tool_calls=(ToolCall("c1", "look", "{}"), ToolCall("c2", "look", "[]"))),
        Turn("tool", "seen", tool_call_id="c1"),
        Turn("assistant", "Done."),
    ]
    assert (params.max_tokens, params.reasoning_effort) == (5, "high")
    assert params.grammar == Grammar(
        "json_schema", '{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}'
    )
    assert cut.status == "incomplete"
    assert cut.incomplete_details is not None
    assert cut.incomplete_details.reason == "max_output_tokens"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id is not supported: this server keeps nothing"),
        ({"background": True}, "background is not supported: this server keeps nothing"),
        ({"input": [{"type": "computer_call"}]}, "input[0] has type 'computer_call', unknown here."),
        ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]}, "messages[0] has a content part of type"),
    ],
)
async def test_what_needs_a_memory_or_eyes_is_refused(more: dict[str, Any], sentence: str) -> None:
    model = ScriptedModel()
    async with speaking(model) as (client, _):
        with pytest.raises(openai.BadRequestError) as refused:
            await client.responses.create(**{"model": MODEL, "input": "x", **more})

    assert sentence in refused.value.message
    assert model.asked == []
