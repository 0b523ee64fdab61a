"""The `Models` port over one OpenAI-compatible server, whatever provider a definition names.

Knows the chat-completions stream; knows nothing of vendors' differences.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import aiohttp

from workflows.cli.sse import data_lines
from workflows.errors import ModelError
from workflows.openai_wire import chat_body, chunk_of, error_text, lacking
from workflows.ports import ChatChunk, ChatRequest

_RETRYABLE = frozenset({408, 409, 425, 429, 500, 502, 503, 504})

_MAX_BODY = 4 * 1024 * 1024


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
                self._url, json=chat_body(request), headers=self._headers, timeout=timeout
            ) as response:
                await _check(response, request)
                if response.content_type == "application/json":
                    yield _chunk((await response.content.read(_MAX_BODY)).decode("utf-8", errors="replace"))
                    return
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


async def _check(response: aiohttp.ClientResponse, request: ChatRequest) -> None:
    if response.status < 400:
        return
    said = error_text((await response.content.read(4000)).decode("utf-8", errors="replace")) or "no reason given"
    code = {401: "model_auth", 403: "model_auth", 429: "model_busy"}.get(response.status) or lacking(request, said)
    code = code or ("model_unknown" if response.status == 404 else "model_error")
    message = f"The model server refused {request.model!r} with {response.status}: {said}"
    retryable = response.status in _RETRYABLE and not code.startswith("model_no_")
    raise ModelError(code, message, retryable=retryable)


def _chunk(data: str) -> ChatChunk:
    try:
        value = json.loads(data)
        if not isinstance(value, dict):
            raise TypeError("no object")
    except (ValueError, TypeError, RecursionError) as error:
        raise ModelError("model_protocol", f"The model server sent something unreadable: {data[:200]}") from error
    if value.get("error"):
        raise ModelError("model_error", f"The model server broke off: {error_text(data)}", retryable=True)
    return chunk_of(value)
