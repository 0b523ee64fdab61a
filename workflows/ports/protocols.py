"""The ports: what each promises, and what it raises."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

from workflows.events import Event
from workflows.ports.chat import ChatChunk, ChatRequest
from workflows.ports.requests import CodeReply, CodeRequest, HttpRequest, HttpResponse, ToolRequest, ToolResult
from workflows.ports.retrieval import Passage, RetrievalRequest


class Journal(Protocol):
    """Where a run's events go, in order. One writer per run."""

    async def append(self, events: Sequence[Event], *, durable: bool) -> None:
        """Store `events` after those appended before. With `durable` return only when they, and all before them,
        are committed. Raising ends the drive at once without a terminal event."""
        ...


class Models(Protocol):
    """Chat models of any vendor."""

    def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        """Stream one reply. Raises ModelError. Closing the iterator aborts the call in flight.

        A model that cannot take what the request holds is told by the error's code: `model_no_tools`,
        `model_no_vision`, `model_no_schema`; nodes then ask another way, or say so.
        """
        ...


class Retrieval(Protocol):
    """Search in knowledge bases; may be repeated.

    `supports` names what an implementation does beyond plain searching: `reranking`, `filter`, `filter_model`,
    `chooser`. A node that asks for more than that fails or warns, rather than hand on what was not asked for.
    """

    supports: frozenset[str]

    async def retrieve(self, request: RetrievalRequest) -> list[Passage]:
        """The best passages, best first, at most `top_k`; a `Passages` where there is more to say. Raises
        RetrievalError."""
        ...


class Http(Protocol):
    """Outgoing HTTP, guarded: refuses addresses the host does not allow, also on redirects."""

    async def request(self, request: HttpRequest) -> HttpResponse:
        """Send once, never retry. Raises HttpError when no response arrived."""
        ...


class Code(Protocol):
    """Runs untrusted programs apart from the host, within limits of time and memory."""

    async def run(self, request: CodeRequest) -> CodeReply:
        """Call `main(**inputs)`. Raises CodeError, always within about the time allowed."""
        ...


class Files(Protocol):
    """Reads files that a run was given, and keeps files that a run made."""

    async def read(self, file: dict[str, Any]) -> bytes:
        """The bytes of a file value. Raises OSError when it cannot be had, or HttpError for one behind a URL."""
        ...

    async def save(self, data: bytes, *, name: str, mime_type: str, run_id: str) -> dict[str, Any]:
        """Keep the bytes for as long as the run; their file value, which `read` takes. Raises OSError."""
        ...


class Tools(Protocol):
    """Calls tools that the host keeps: HTTP APIs described by OpenAPI, MCP servers, plugins."""

    async def call(self, request: ToolRequest) -> ToolResult:
        """Call once, never retry. Raises ToolError."""
        ...


class Blobs(Protocol):
    """Keeps large values apart from the log, for as long as the log itself."""

    async def put(self, data: bytes) -> str:
        """Store, and give the id to find it by. The id is made of the bytes: the same ones are kept once."""
        ...

    async def get(self, blob_id: str) -> bytes:
        """What was stored. Raises KeyError when it is gone."""
        ...


class Clock(Protocol):
    """Time, as a port so that tests and golden runs can fix it."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; for durations."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait, cancellable."""
        ...
