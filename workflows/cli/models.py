"""The `Models` port over one OpenAI-compatible server, whatever provider a definition names.

Knows the chat-completions stream; knows nothing of vendors' differences.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from workflows.cli.sse import data_lines
from workflows.errors import ModelError
from workflows.events import Usage
from workflows.ports import ChatChunk, ChatRequest

_RETRYABLE = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


class OpenAiModels:
    """Chat over `base_url`; `/v1` is added when the URL has no path."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, api_key: str = "") -> None:
        base = base_url.rstrip("/")
        self._url = f"{base}/chat/completions" if urlsplit(base).path else f"{base}/v1/chat/completions"
        self._session = session
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        """Stream one reply. Raises ModelError."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=120)
        try:
            async with self._session.post(
                self._url, json=_body(request), headers=self._headers, timeout=timeout
            ) as response:
                await _check(response, request.model)
                async for data in data_lines(response.content):
                    if data == "[DONE]":
                        return
                    yield _chunk(data)
        except TimeoutError as error:
            raise ModelError(
                "model_timeout", f"The model server {self._url} did not answer in time.", retryable=True
            ) from error
        except aiohttp.ClientError as error:
            message = f"The model server {self._url} cannot be reached: {error}."
            raise ModelError("model_unreachable", message, retryable=True) from error


def _body(request: ChatRequest) -> dict[str, Any]:
    body: dict[str, Any] = {
        **request.params,
        "model": request.model,
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.stop:
        body["stop"] = request.stop
    if request.response_format:
        body["response_format"] = request.response_format
    return body


async def _check(response: aiohttp.ClientResponse, model: str) -> None:
    if response.status < 400:
        return
    text = (await response.content.read(4000)).decode("utf-8", errors="replace")
    code = {401: "model_auth", 403: "model_auth", 404: "model_unknown", 429: "model_busy"}.get(
        response.status, "model_error"
    )
    message = f"The model server refused {model!r} with {response.status}: {_reason(text)}"
    raise ModelError(code, message, retryable=response.status in _RETRYABLE)


def _reason(text: str) -> str:
    try:
        error = json.loads(text)["error"]
        return str(error["message"] if isinstance(error, dict) else error)[:500]
    except (ValueError, KeyError, TypeError):
        return text[:500] or "no reason given"


def _chunk(data: str) -> ChatChunk:
    try:
        value = json.loads(data)
        if "error" in value:
            raise ModelError("model_error", f"The model server broke off: {_reason(data)}", retryable=True)
        choice = (value.get("choices") or [{}])[0]
        delta = choice.get("delta") or {}
        usage = value.get("usage") or {}
        return ChatChunk(
            text=delta.get("content") or "",
            reasoning=delta.get("reasoning_content") or delta.get("reasoning") or "",
            finish_reason=choice.get("finish_reason"),
            usage=_usage(usage) if usage else None,
        )
    except (ValueError, AttributeError, TypeError, KeyError, IndexError) as error:
        raise ModelError("model_protocol", f"The model server sent something unreadable: {data[:200]}") from error


def _usage(usage: dict[str, Any]) -> Usage:
    asked, said = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
    return Usage(asked, said, int(usage.get("total_tokens") or asked + said))
