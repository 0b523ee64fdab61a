"""A scripted OpenAI-compatible server: real HTTP on a loopback port the system chose, every fault on demand.

    with openai_server() as server:
        server.mode = "hang_mid_stream"          # or ask for the model "mode:hang_mid_stream"
        ... base_url=server.base_url ...
        assert server.aborted == 1

Modes: `stream` (as `reply` says), `slow` (pauses between pieces), `reasoning`, `no_usage`, `no_tools`, `error_500`,
`error_500_once`, `error_429_once`, `unauthorized`, `bad_request`, `error_in_stream`, `hang_before_first_byte`,
`hang_mid_stream`, `drop_mid_stream`, `malformed`, `not_json`, `hang_embeddings` (after `free_batches` good ones).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.serving import served

Piece = str | dict[str, Any]
"""Text, or a whole `delta`: `{"tool_calls": […]}`."""
REPLY: list[Piece] = ["Hello", ", ", "world", "."]
USAGE = {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11}


@dataclass
class FakeOpenAI:
    """`requests` holds the chat bodies in order; `aborted` counts answers that the client did not wait for."""

    mode: str = "stream"
    reply: Callable[[dict[str, Any]], Sequence[Piece]] = lambda body: REPLY
    refuses: Callable[[dict[str, Any]], bool] = lambda body: False
    relevance: Callable[[str, str], float] = lambda query, document: float(query.lower() in document.lower())
    records: Sequence[dict[str, Any]] = ()
    key: str = "sk-right"
    base_url: str = ""
    prefixes: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    embedded: list[list[str]] = field(default_factory=list)
    aborted: int = 0
    free_batches: int = 0
    pause_s: float = 0.05
    embed_pause_s: float = 0.0

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        self.headers.append(dict(request.headers))
        model = str(body.get("model", ""))
        mode = model.removeprefix("mode:") if model.startswith("mode:") else self.mode
        try:
            return await self._answer(mode, request, body)
        except (asyncio.CancelledError, ConnectionError):
            self.aborted += 1
            raise

    async def _answer(self, mode: str, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        first = len(self.requests) == 1
        if self.refuses(body):
            return _error(400, "this is refused")
        match mode:
            case "error_500":
                return _error(500, "the machine is on fire")
            case "error_500_once" if first:
                return _error(500, "the machine is on fire")
            case "error_429_once" if first:
                return _error(429, "slow down")
            case "unauthorized":
                return _error(401, "Incorrect API key provided: sk-wr****ng")
            case "no_tools" if body.get("tools"):
                return _error(400, f"{body['model']} does not support tools")
            case "bad_request":
                return _error(400, "temperature must be at most 2")
            case "hang_before_first_byte":
                await asyncio.Event().wait()
            case "not_json":
                return web.Response(text="<html>It works!</html>", content_type="text/html")
        if not body.get("stream"):
            return web.json_response(_whole("".join(map(str, self.reply(body))), body))
        return await self._stream(mode, request, body)

    async def _stream(self, mode: str, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        if mode == "reasoning":
            for piece in ("Let me ", "think."):
                await response.write(_chunk({"reasoning_content": piece}))
        for index, piece in enumerate(self.reply(body)):
            if index == 2:
                await self._misbehave(mode, request, response)
            if mode == "slow":
                await asyncio.sleep(self.pause_s)
            delta = {"content": piece} if isinstance(piece, str) else piece
            await response.write(_chunk(delta if index else {"role": "assistant", **delta}))
        await response.write(_chunk({}, finish_reason="stop"))
        if mode != "no_usage" and (body.get("stream_options") or {}).get("include_usage"):
            await response.write(_event({"choices": [], "usage": USAGE}))
        await response.write(b"data: [DONE]\n\n")
        return response

    async def _misbehave(self, mode: str, request: web.Request, response: web.StreamResponse) -> None:
        match mode:
            case "hang_mid_stream":
                await asyncio.Event().wait()
            case "malformed":
                await response.write(b"data: {this is no JSON\n\n")
            case "error_in_stream":
                await response.write(_event({"error": {"message": "overloaded", "code": "overloaded"}}))
            case "drop_mid_stream" if request.transport is not None:
                request.transport.abort()

    async def embeddings(self, request: web.Request) -> web.Response:
        """Vectors of 8 numbers that depend on the text's letters alone."""
        body = await request.json()
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        self.embedded.append(texts)
        await asyncio.sleep(self.embed_pause_s)
        if self.mode == "hang_embeddings" and len(self.embedded) > self.free_batches:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.aborted += 1
                raise
        if self.mode == "error_500":
            return _error(500, "the machine is on fire")
        if self.mode == "unauthorized":
            return _error(401, "Incorrect API key provided")
        data = [{"index": i, "embedding": _vector(text)} for i, text in enumerate(texts)]
        return web.json_response({"data": data, "usage": {"prompt_tokens": len(texts), "total_tokens": len(texts)}})

    async def rerank(self, request: web.Request) -> web.Response:
        """As Cohere and Jina answer: best first, with the places in the request."""
        body = await request.json()
        self.requests.append(body)
        if self.mode == "error_500":
            return _error(500, "the machine is on fire")
        scores = [self.relevance(body["query"], document) for document in body["documents"]]
        order = sorted(range(len(scores)), key=lambda index: -scores[index])
        return web.json_response({"results": [{"index": i, "relevance_score": scores[i]} for i in order]})

    async def retrieval(self, request: web.Request) -> web.Response:
        """Dify's external knowledge contract."""
        self.requests.append(await request.json())
        self.headers.append(dict(request.headers))
        if self.mode == "error_500":
            return _error(500, "the machine is on fire")
        if self.mode == "not_json":
            return web.Response(text="<html>It works!</html>", content_type="text/html")
        return web.json_response({"records": list(self.records)})

    async def pin(self, request: web.Request) -> web.Response:
        """The built-in server's `/v1/prefix`: `prefixes` holds the bodies by salt and id."""
        body = await request.json()
        if self.mode == "error_500":
            return _error(500, "the machine is on fire")
        self.prefixes[body["cache_salt"], body["id"]] = body
        return web.json_response({"id": body["id"], "object": "prefix", "n_tokens": 64, "ttl_s": body["ttl_s"]})

    async def pinned(self, request: web.Request) -> web.Response:
        data = [{"id": name, "object": "prefix", "cache_salt": salt} for salt, name in self.prefixes]
        return web.json_response({"object": "list", "data": data})

    async def unpin(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        if self.prefixes.pop((request.query["cache_salt"], name), None) is None:
            return _error(404, "no such prefix")
        return web.json_response({"id": name, "object": "prefix", "deleted": True})

    async def models(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return _error(401, "Incorrect API key provided")
        return web.json_response({"object": "list", "data": [{"id": "fake-chat"}, {"id": "fake-embedding"}]})


@contextmanager
def openai_server() -> Iterator[FakeOpenAI]:
    fake = FakeOpenAI()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", fake.chat)
    app.router.add_post("/v1/embeddings", fake.embeddings)
    app.router.add_post("/v1/rerank", fake.rerank)
    app.router.add_post("/v1/retrieval", fake.retrieval)
    app.router.add_get("/v1/models", fake.models)
    app.router.add_post("/v1/prefix", fake.pin)
    app.router.add_get("/v1/prefix", fake.pinned)
    app.router.add_delete("/v1/prefix/{id}", fake.unpin)
    with served(app) as url:
        fake.base_url = f"{url}/v1"
        yield fake


def _event(payload: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(payload).encode() + b"\n\n"


def _chunk(delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return _event({"id": "c-1", "object": "chat.completion.chunk", "choices": [choice]})


def _whole(text: str, body: dict[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "c-1", "object": "chat.completion", "model": body.get("model"), "choices": [choice], "usage": USAGE}


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message, "type": "fake", "code": None}}, status=status)


def _vector(text: str) -> list[float]:
    buckets = [0.0] * 8
    for letter in text.lower():
        if letter.isalnum():
            buckets[ord(letter) % 8] += 1.0
    norm = sum(each * each for each in buckets) ** 0.5 or 1.0
    return [each / norm for each in buckets]
