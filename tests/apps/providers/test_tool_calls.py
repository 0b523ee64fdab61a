"""Calls of tools, and what a model cannot take, against a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from apps.providers.chat import stream_chat
from tests.apps.providers.test_chat import endpoint
from tests.fakes.openai_server import FakeOpenAI
from weft.http import egress
from workflows.errors import ModelError
from workflows.ports import ChatRequest, Message, SystemClock, ToolCall, ToolSpec
from workflows.replies import Reply, silent

WEATHER = ToolSpec("weather", "The weather.", {"type": "object", "properties": {"city": {"type": "string"}}})
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


@pytest.fixture(autouse=True)
async def sessions() -> AsyncIterator[None]:
    yield
    await egress.close()


async def read(server: FakeOpenAI, *messages: Message, **more: Any) -> Reply:
    request = ChatRequest(provider="acme", model="m-1", messages=list(messages), **more)
    return await Reply(silent, SystemClock()).read(stream_chat(endpoint(server.base_url), request))


async def test_calls_and_their_results_travel(server: FakeOpenAI) -> None:
    first = {"index": 0, "id": "c1", "function": {"name": "weather", "arguments": '{"ci'}}
    rest = {"index": 0, "function": {"arguments": 'ty": "Bonn"}'}}
    server.reply = lambda body: [{"tool_calls": [first]}, {"tool_calls": [rest]}]
    call = ToolCall("c0", "weather", "{}")

    reply = await read(
        server, Message("user", [IMAGE]), Message("assistant", "", [call]), Message("tool", "rain", [], "c0"),
        tools=[WEATHER],
    )  # fmt: skip

    assert reply.calls == [ToolCall("c1", "weather", '{"city": "Bonn"}')]
    sent = server.requests[0]
    assert [message["role"] for message in sent["messages"]] == ["user", "assistant", "tool"]
    assert sent["messages"][0]["content"] == [IMAGE]
    assert sent["messages"][1]["tool_calls"][0]["function"] == {"name": "weather", "arguments": "{}"}
    assert (sent["messages"][2]["tool_call_id"], sent["tool_choice"]) == ("c0", "auto")


async def test_usage_is_estimated_from_calls_too(server: FakeOpenAI) -> None:
    server.mode = "no_usage"
    call = {"index": 0, "id": "c1", "function": {"name": "weather", "arguments": '{"city": "Bonn"}'}}
    server.reply = lambda body: [{"tool_calls": [call]}]

    reply = await read(server, Message("user", "hi"))

    assert reply.usage.completion_tokens == 6


async def test_a_model_without_tools_is_named(server: FakeOpenAI) -> None:
    server.mode = "no_tools"

    with pytest.raises(ModelError) as caught:
        await read(server, Message("user", "hi"), tools=[WEATHER])

    assert (caught.value.code, caught.value.retryable) == ("model_no_tools", False)
    assert caught.value.message == (
        "Acme (m-1) cannot call tools. Choose another model. It said: m-1 does not support tools"
    )


async def test_a_refusal_of_something_else_keeps_its_code(server: FakeOpenAI) -> None:
    server.mode = "bad_request"

    with pytest.raises(ModelError) as caught:
        await read(server, Message("user", "hi"), tools=[WEATHER])

    assert caught.value.code == "model_bad_request"
