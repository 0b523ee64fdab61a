"""One streamed call against a real server with scripted faults."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from apps.providers.chat import Timeouts, stream_chat
from apps.providers.endpoints import Endpoint
from tests.fakes.openai_server import FakeOpenAI
from tests.waiting import until
from weft.http import egress
from workflows.addresses import Policy
from workflows.errors import ModelError
from workflows.events import Usage
from workflows.ports import ChatChunk, ChatRequest, Message

QUICK = Timeouts(first_token_s=0.4, next_token_s=0.3, total_s=5, retry_delay_s=0.01)
USAGE = Usage(7, 4, 11)


@pytest.fixture(autouse=True)
async def sessions() -> AsyncIterator[None]:
    yield
    await egress.close()


def endpoint(url: str, key: str = "sk-right", allow: str = "127.0.0.1") -> Endpoint:
    return Endpoint("acme", "Acme", url, key, Policy.of([allow]))


def request(**over: object) -> ChatRequest:
    return ChatRequest(**{"provider": "acme", "model": "m-1", "messages": [Message("user", "Hi")], **over})  # type: ignore[arg-type]


async def say(server: FakeOpenAI, **over: object) -> list[ChatChunk]:
    return [chunk async for chunk in stream_chat(endpoint(server.base_url), request(**over), QUICK)]


async def fail(server: FakeOpenAI, mode: str) -> tuple[list[ChatChunk], ModelError]:
    server.mode = mode
    chunks: list[ChatChunk] = []
    try:
        async for chunk in stream_chat(endpoint(server.base_url), request(), QUICK):
            chunks.append(chunk)  # noqa: PERF401  (what came before the failure is asserted)
    except ModelError as error:
        return chunks, error
    raise AssertionError("the call did not fail")


async def test_a_reply_streams_with_its_usage(server: FakeOpenAI) -> None:
    chunks = await say(server, params={"temperature": 0.5, "max_tokens": None, "stream": False}, stop=["END"])

    assert chunks == [
        ChatChunk(text="Hello"),
        ChatChunk(text=", "),
        ChatChunk(text="world"),
        ChatChunk(text="."),
        ChatChunk(finish_reason="stop"),
        ChatChunk(usage=USAGE),
    ]
    assert server.requests == [
        {
            "temperature": 0.5,
            "model": "m-1",
            "messages": [{"role": "user", "content": "Hi"}],
            "stream": True,
            "stream_options": {"include_usage": True},
            "stop": ["END"],
        }
    ]
    assert server.headers[0]["Authorization"] == "Bearer sk-right"


async def test_reasoning_is_told_from_text(server: FakeOpenAI) -> None:
    server.mode = "reasoning"
    chunks = await say(server)
    assert "".join(chunk.reasoning for chunk in chunks) == "Let me think."
    assert "".join(chunk.text for chunk in chunks) == "Hello, world."


async def test_usage_is_estimated_when_the_server_gives_none(server: FakeOpenAI) -> None:
    server.mode = "no_usage"
    assert (await say(server))[-1] == ChatChunk(usage=Usage(5, 4, 9))


async def test_one_malformed_line_does_not_spoil_the_rest(server: FakeOpenAI) -> None:
    server.mode = "malformed"
    assert "".join(chunk.text for chunk in await say(server)) == "Hello, world."


@pytest.mark.parametrize("mode", ["error_500_once", "error_429_once"])
async def test_a_passing_fault_is_tried_once_more(server: FakeOpenAI, mode: str) -> None:
    server.mode = mode
    assert "".join(chunk.text for chunk in await say(server)) == "Hello, world."
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("mode", "code", "retryable", "calls", "words"),
    [
        ("error_500", "model_unavailable", True, 2, ["Acme (m-1)", "500", "the machine is on fire"]),
        ("unauthorized", "model_auth_failed", False, 1, ["Acme (m-1)", "API key of Acme under Models"]),
        ("bad_request", "model_bad_request", False, 1, ["Acme (m-1)", "temperature must be at most 2"]),
        ("hang_before_first_byte", "model_timeout", True, 1, ["Acme (m-1)", "0.4 s"]),
        ("not_json", "model_reply_invalid", False, 1, ["text/html", "/v1"]),
    ],
)
async def test_a_fault_before_the_first_token(
    server: FakeOpenAI, mode: str, code: str, retryable: bool, calls: int, words: list[str]
) -> None:
    chunks, error = await fail(server, mode)

    assert (error.code, error.retryable, len(server.requests), chunks) == (code, retryable, calls, [])
    assert [word for word in words if word not in error.message] == []


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("hang_mid_stream", "model_timeout"),
        ("drop_mid_stream", "model_interrupted"),
        ("error_in_stream", "model_interrupted"),
    ],
)
async def test_a_fault_in_the_middle_keeps_what_came_and_is_not_repeated(
    server: FakeOpenAI, mode: str, code: str
) -> None:
    chunks, error = await fail(server, mode)

    assert (chunks, error.code, len(server.requests)) == ([ChatChunk(text="Hello"), ChatChunk(text=", ")], code, 1)


async def test_nobody_listens_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        with pytest.raises(ModelError) as failure:
            [chunk async for chunk in stream_chat(endpoint(url), request(), QUICK)]
    assert failure.value.code == "model_unavailable"
    assert "Check the provider's base URL under Models." in failure.value.message


async def test_an_address_inside_needs_the_operator(server: FakeOpenAI) -> None:
    with pytest.raises(ModelError) as failure:
        [chunk async for chunk in stream_chat(endpoint(server.base_url, allow="10.0.0.1"), request(), QUICK)]
    port = server.base_url.removesuffix("/v1").rpartition(":")[2]
    assert failure.value.code == "model_address_refused"
    assert failure.value.message.endswith(f"start Weft with WEFT_EGRESS_ALLOW=127.0.0.1:{port}")
    assert server.requests == []


@pytest.mark.parametrize("mode", ["hang_mid_stream", "hang_before_first_byte"])
async def test_cancelling_closes_the_connection_at_once(server: FakeOpenAI, mode: str) -> None:
    server.mode = mode
    started = asyncio.Event()

    async def listen() -> None:
        started.set()
        async for _ in stream_chat(endpoint(server.base_url), request(), Timeouts()):
            pass

    task = asyncio.create_task(listen())
    await started.wait()
    await until(lambda: server.requests)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: server.aborted)


async def test_closing_the_iterator_closes_the_connection(server: FakeOpenAI) -> None:
    server.mode = "hang_mid_stream"
    async with aclosing(stream_chat(endpoint(server.base_url), request(), Timeouts())) as chunks:
        assert await anext(chunks) == ChatChunk(text="Hello")
    await until(lambda: server.aborted)
