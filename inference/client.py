"""Talks to the model server: vectors, relevance, models, health. Imports no torch, so any process may use it.

A client belongs to the event loop it was opened on and is closed there. The functions at the end open one for a
single call.
"""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp

DEFAULT_EMBEDDING_MODEL = "all-MiniLM-L6-v2"
BATCH_TEXTS = 32
ATTEMPTS = 4
FIRST_DELAY_S = 0.25
_RETRIED_STATUS = frozenset({429, 502, 503, 504})


class ClientError(Exception):
    """The server refused the request, and would again. `code` is the server's; `status` its HTTP status."""

    def __init__(self, code: str, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class ServerUnavailable(ClientError):
    """The server cannot be reached, is starting, draining or overloaded; later attempts may succeed."""


@dataclass(frozen=True, slots=True)
class Embeddings:
    vectors: list[list[float]]
    """In the order of the texts, each of length 1."""
    model: str
    n_tokens: int


@dataclass(frozen=True, slots=True)
class ModelCard:
    id: str
    kind: str
    """generative, extractive, embedding or rerank; "unknown" for a server that does not say."""
    note: dict[str, Any]


class InferenceClient:
    """Connections to one server. Calls may run at the same time; retries only what can heal, with growing pauses."""

    def __init__(self, base_url: str, *, token: str | None = None, timeout_s: float = 120.0) -> None:
        self._base_url = base_url.rstrip("/").removesuffix("/v1")
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=5.0)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=self._timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def embed(self, texts: Sequence[str], *, model: str = DEFAULT_EMBEDDING_MODEL) -> Embeddings:
        """Vectors of `texts`, sent in batches. No texts, no request. Raises ClientError or ServerUnavailable."""
        vectors: list[list[float]] = []
        n_tokens = 0
        for start in range(0, len(texts), BATCH_TEXTS):
            body = {"model": model, "input": list(texts[start : start + BATCH_TEXTS]), "encoding_format": "base64"}
            answer = await self._call("POST", "/v1/embeddings", body)
            vectors += [_decoded(item["embedding"]) for item in sorted(answer["data"], key=lambda item: item["index"])]
            n_tokens += answer["usage"]["total_tokens"]
        return Embeddings(vectors, model, n_tokens)

    async def rerank(self, query: str, documents: Sequence[str], *, model: str | None = None) -> list[float]:
        """The relevance of each document, between 0 and 1, in the order of `documents`."""
        body = {"query": query, "documents": list(documents), **({"model": model} if model else {})}
        answer = await self._call("POST", "/v1/rerank", body)
        scores = [0.0] * len(documents)
        for result in answer["results"]:
            scores[result["index"]] = result["relevance_score"]
        return scores

    async def models(self) -> list[ModelCard]:
        answer = await self._call("GET", "/v1/models")
        return [_card(entry) for entry in answer["data"]]

    async def health(self) -> bool:
        """Does the server live and take requests? One attempt, no exception."""
        try:
            await self._attempt("GET", "/ready", None)
        except ClientError:
            return False
        return True

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        delay_s = FIRST_DELAY_S
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._attempt(method, path, body)
            except ServerUnavailable:
                await asyncio.sleep(delay_s)
                delay_s *= 2
        return await self._attempt(method, path, body)

    async def _attempt(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        if self._session is None:
            raise RuntimeError("InferenceClient is used outside its `async with` block")
        url = self._base_url + path
        try:
            async with self._session.request(method, url, json=body) as response:
                if response.status == 200:
                    answer: dict[str, Any] = await response.json()
                    return answer
                raise _refusal(response.status, await response.text(), url)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ServerUnavailable(
                "inference_unreachable",
                f"The model server at {self._base_url} does not answer: {error or type(error).__name__}.",
            ) from error


async def embed(
    texts: Sequence[str], *, base_url: str, token: str | None = None, model: str = DEFAULT_EMBEDDING_MODEL
) -> Embeddings:
    """Vectors of `texts` by one short-lived client."""
    async with InferenceClient(base_url, token=token) as client:
        return await client.embed(texts, model=model)


async def rerank(
    query: str, documents: Sequence[str], *, base_url: str, token: str | None = None, model: str | None = None
) -> list[float]:
    """Relevance of `documents` by one short-lived client."""
    async with InferenceClient(base_url, token=token) as client:
        return await client.rerank(query, documents, model=model)


async def models(*, base_url: str, token: str | None = None) -> list[ModelCard]:
    """What the server serves, asked by one short-lived client."""
    async with InferenceClient(base_url, token=token) as client:
        return await client.models()


async def health(*, base_url: str, timeout_s: float = 5.0) -> bool:
    """Is the server ready? Asked by one short-lived client."""
    async with InferenceClient(base_url, timeout_s=timeout_s) as client:
        return await client.health()


def _decoded(encoded: str) -> list[float]:
    raw = base64.b64decode(encoded)
    return list(struct.unpack(f"<{len(raw) // 4}f", raw))


def _card(entry: dict[str, Any]) -> ModelCard:
    note = entry.get("weft") or {}
    return ModelCard(entry["id"], note.get("kind", "unknown"), note)


def _refusal(status: int, text: str, url: str) -> ClientError:
    """The server's own code and sentence, where it speaks OpenAI's envelope."""
    code, message = "http_error", f"{url} answered {status}."
    try:
        error = json.loads(text)["error"]
        code, message = str(error.get("code") or code), str(error.get("message") or message)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    kind = ServerUnavailable if status in _RETRIED_STATUS else ClientError
    return kind(code, message, status=status)
