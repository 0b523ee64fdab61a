from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.openai_server import FakeOpenAI, openai_server
from workflows.cli.models import OpenAiModels
from workflows.errors import ModelError
from workflows.events import Usage
from workflows.openai_wire import chat_body, chunk_of, lacking
from workflows.ports import ChatChunk, ChatRequest, Message, SystemClock, ToolCall, ToolCallDelta, ToolSpec
from workflows.replies import Reply, silent

WEATHER = ToolSpec("weather", "The weather.", {"type": "object", "properties": {"city": {"type": "string"}}})


def request(*messages: Message, **more: Any) -> ChatRequest:
    return ChatRequest(provider="p", model="m", messages=list(messages or [Message("user", "hi")]), **more)


def test_a_request_with_tools_becomes_a_body() -> None:
    call = ToolCall("c1", "weather", '{"city": "Bonn"}')
    asked = request(
        Message("user", "hi"), Message("assistant", "", [call]), Message("tool", "sun", [], "c1"),
        params={"temperature": 0, "seed": None, "model": "evil"}, stop=["END"], tools=[WEATHER], tool_choice="weather",
    )  # fmt: skip

    assert chat_body(asked) == {
        "temperature": 0,
        "model": "m",
        "messages": [
            {"role": "user", "content": "hi"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "weather", "arguments": '{"city": "Bonn"}'},
                    }
                ],
            },
            {"role": "tool", "content": "sun", "tool_call_id": "c1"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "stop": ["END"],
        "tools": [
            {
                "type": "function",
                "function": {"name": "weather", "description": "The weather.", "parameters": WEATHER.parameters},
            }
        ],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
    }


@pytest.mark.parametrize(
    ("event", "chunk"),
    [
        ({}, ChatChunk()),
        ({"choices": [{"delta": None, "finish_reason": None}]}, ChatChunk()),
        ({"choices": [{"delta": {"content": [{"type": "text", "text": "typed"}]}}]}, ChatChunk(text="typed")),
        (
            {
                "choices": [
                    {
                        "delta": {
                            "tool_calls": [
                                {"index": 1, "id": "c", "function": {"name": "f", "arguments": "{"}},
                                {"function": {"arguments": {"a": 1}}},
                                {"index": True, "id": None, "function": None},
                            ]
                        },
                        "finish_reason": "tool_calls",
                    }
                ]
            },
            ChatChunk(
                finish_reason="tool_calls",
                tool_calls=[
                    ToolCallDelta(index=1, id="c", name="f", arguments="{"),
                    ToolCallDelta(arguments='{"a": 1}'),
                    ToolCallDelta(),
                ],
            ),
        ),
        (
            {"choices": [{"message": {"function_call": {"name": "f", "arguments": "{}"}}}]},
            ChatChunk(tool_calls=[ToolCallDelta(index=0, name="f", arguments="{}")]),
        ),
        (
            {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2, "cost": 0.25}},
            ChatChunk(usage=Usage(3, 2, 5, 0.25)),
        ),
        ({"usage": {"prompt_tokens": 1, "cost": float("nan")}}, ChatChunk(usage=Usage(1, 0, 1))),
        (
            {
                "choices": [
                    {
                        "weft": {
                            "options": [
                                {"option": "x", "probability": 1},
                                {"option": "y", "probability": float("nan")},
                                {"option": "z", "probability": 10**400},
                                {"option": "w"},
                                "v",
                            ]
                        }
                    },
                    {"weft": []},
                ]
            },
            ChatChunk(probabilities={"x": 1.0}),
        ),
    ],
)
def test_servers_habits_are_read(event: dict[str, Any], chunk: ChatChunk) -> None:
    assert chunk_of(event) == chunk


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("registry.ollama.ai/library/x does not support tools", "model_no_tools"),
        ('"auto" tool choice requires --enable-auto-tool-choice', "model_no_tools"),
        ("At most 0 image(s) may be provided in one prompt", "model_no_vision"),
        ("x is not a multimodal model", "model_no_vision"),
        ("This model does not support response_format json_schema", "model_no_schema"),
        ("Unknown parameter: 'response_format'", "model_no_schema"),
        ("temperature must be at most 2", None),
        ("tools[0].function.name is too long", None),
    ],
)
def test_what_a_model_lacks_is_told_from_a_refusal(said: str, code: str | None) -> None:
    image = [{"type": "image_url", "image_url": {"url": "data:"}}]
    asked = request(Message("user", image), tools=[WEATHER], response_format={"type": "json_schema"})

    assert lacking(asked, said) == code
    assert lacking(request(), said) is None


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "delta", "tool_calls", "function", "arguments", "usage", "content", "id", "cost", "weft"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(["choices", "usage"]), _ANY))
def test_any_event_is_a_chunk(event: dict[str, Any]) -> None:
    assert isinstance(chunk_of(event), ChatChunk)


@pytest.fixture
def server() -> Any:
    with openai_server() as fake:
        yield fake


async def test_the_command_lines_models_carry_calls(server: FakeOpenAI) -> None:
    first = {"index": 0, "id": "c1", "function": {"name": "weather", "arguments": '{"ci'}}
    rest = {"index": 0, "function": {"arguments": 'ty": "Bonn"}'}}
    server.reply = lambda body: ["Let me see. ", {"tool_calls": [first]}, {"tool_calls": [rest]}]
    async with aiohttp.ClientSession() as session:
        models = OpenAiModels(session, server.base_url)
        reply = await Reply(silent, SystemClock()).read(models.chat(request(tools=[WEATHER])))

    assert reply.text == "Let me see. "
    assert reply.calls == [ToolCall("c1", "weather", '{"city": "Bonn"}')]
    assert server.requests[0]["tools"][0]["function"]["name"] == "weather"


async def test_the_command_lines_models_say_what_a_model_lacks(server: FakeOpenAI) -> None:
    server.mode = "no_tools"
    async with aiohttp.ClientSession() as session:
        models = OpenAiModels(session, server.base_url)
        with pytest.raises(ModelError) as caught:
            await Reply(silent, SystemClock()).read(models.chat(request(tools=[WEATHER])))

    assert (caught.value.code, caught.value.retryable) == ("model_no_tools", False)
