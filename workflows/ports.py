"""What the engine asks of its host, as Protocols, and the values that cross these borders.

Knows shapes and promises; knows no implementation. Every port may be missing: a node that needs it then fails
and names it. Implementations are used from one event loop and must let `asyncio.CancelledError` pass.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import msgspec

from workflows.events import Event, Usage


class ToolCall(msgspec.Struct, frozen=True):
    """A call a model asks for. `arguments` is the JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str = "{}"


class ToolSpec(msgspec.Struct, frozen=True):
    """A function offered to a model; `parameters` is a JSON schema."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = {}


class Message(msgspec.Struct, frozen=True):
    """One chat message. `content` is text, or a list of content parts as OpenAI defines them.

    An assistant's message may hold `tool_calls`; a message of role `tool` answers the call `tool_call_id`.
    """

    role: str
    content: str | list[dict[str, Any]]
    tool_calls: list[ToolCall] = []
    tool_call_id: str = ""


class ChatRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One model call of one node. `tool_choice` is `auto`, `none`, `required` or the name of one of `tools`."""

    provider: str
    model: str
    messages: list[Message]
    params: dict[str, Any] = {}
    run_id: str = ""
    node_id: str = ""
    stop: list[str] = []
    response_format: dict[str, Any] | None = None
    tools: list[ToolSpec] = []
    tool_choice: str = "auto"


class ToolCallDelta(msgspec.Struct, frozen=True):
    """A piece of a call as a server streams it; each part may be missing. `calls.Assembler` puts them together."""

    index: int | None = None
    id: str = ""
    name: str = ""
    arguments: str = ""


class ChatChunk(msgspec.Struct, frozen=True):
    """A piece of a model's reply. `usage` and `finish_reason` arrive once, near the end."""

    text: str = ""
    reasoning: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None
    tool_calls: list[ToolCallDelta] = []


class Reranking(msgspec.Struct, frozen=True):
    """How passages of several searches are put in order: by a model, or by the weights of the two searches."""

    mode: Literal["model", "weights"]
    provider: str = ""
    model: str = ""
    vector_weight: float = 0.7
    keyword_weight: float = 0.3


class MetadataCondition(msgspec.Struct, frozen=True):
    """A condition on a document's own metadata, with an operator of `workflows.expressions` or `before`, `after`."""

    name: str
    operator: str
    value: Any = None


class MetadataFilter(msgspec.Struct, frozen=True):
    """Which documents may be searched."""

    logical: Literal["and", "or"]
    conditions: list[MetadataCondition]


class ModelChoice(msgspec.Struct, frozen=True):
    """A chat model, by its provider and name."""

    provider: str
    model: str


class RetrievalRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One search in one or more knowledge bases. What a host cannot do, it must not leave out silently: `Retrieval`.

    `chooser` is the model that picks the one knowledge base to search, `filter_model` the one that reads conditions on
    metadata out of the question. `history` is the conversation before it, for questions that lean on what was said.
    """

    query: str
    dataset_ids: list[str]
    top_k: int = 4
    score_threshold: float | None = None
    reranking: Reranking | None = None
    filter: MetadataFilter | None = None
    filter_model: ModelChoice | None = None
    chooser: ModelChoice | None = None
    history: list[dict[str, Any]] = []
    is_tool: bool = False
    run_id: str = ""
    node_id: str = ""


Passage = dict[str, Any]
"""A passage found: `title`, `content` and `metadata` (`_source`, `position`, `dataset_id`, `dataset_name`,
`document_id`, `document_name`, `segment_id`, `score`, `page`, ...)."""


class Passages(list[Passage]):
    """Passages with how they were found: `steps` with what came in and went out of each, and `notes`, as
    `{"code", "message"}`, of what was done without, such as a reranker that did not answer."""

    def __init__(self, passages: Sequence[Passage] = (), *, funnel: dict[str, Any] | None = None) -> None:
        super().__init__(passages)
        self.funnel = funnel or {}


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One outgoing request. `body` is ready to send; its content type is among `headers`.

    `timeout_s` bounds the whole request; the others bound connecting, and the silence between two pieces that are read
    or sent. `secret_headers` are names of headers that prove who asks: a redirect to another origin goes without them.
    """

    method: str
    url: str
    headers: list[tuple[str, str]] = []
    secret_headers: tuple[str, ...] = ()
    body: bytes | None = None
    timeout_s: float = 60.0
    connect_s: float | None = None
    read_s: float | None = None
    write_s: float | None = None
    verify_ssl: bool = True
    max_bytes: int = 10 * 1024 * 1024


class HttpResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What came back, whatever its status."""

    status: int
    headers: list[tuple[str, str]] = []
    body: bytes = b""
    url: str = ""


class CodeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `main(**inputs)` in a sandbox. `timeout_s` and `memory_mb` can only lower the sandbox's limits."""

    language: str
    code: str
    inputs: dict[str, Any]
    timeout_s: float | None = None
    memory_mb: int | None = None
    run_id: str = ""
    node_id: str = ""


class CodeReply(msgspec.Struct, frozen=True):
    """What `main(**inputs)` returned, what the program printed, and what ran it."""

    value: Any
    printed: str = ""
    runtime: str = ""


class ToolRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a tool. `key` is the same when a cut-off call is made again: a provider may use it to act once."""

    provider: str
    tool: str
    arguments: dict[str, Any]
    settings: dict[str, Any] = {}
    run_id: str = ""
    node_id: str = ""
    key: str = ""


class ToolResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a tool gave back."""

    text: str = ""
    json: list[Any] = []
    files: list[dict[str, Any]] = []
    variables: dict[str, Any] = {}


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """What a waiting node is told. `key` names the wait; `by` says who sent it."""

    key: str
    type: Literal["submitted", "event", "timeout", "time"]
    data: dict[str, Any] = {}
    by: str | None = None


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


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(slots=True, kw_only=True)
class Ports:
    """Everything a run may use. A missing port fails the nodes that need it, and only those.

    `gather_s` is how long the pieces of a streaming node wait for one another, so that a token is not an event.
    """

    journal: Journal | None = None
    models: Models | None = None
    retrieval: Retrieval | None = None
    http: Http | None = None
    code: Code | None = None
    files: Files | None = None
    tools: Tools | None = None
    blobs: Blobs | None = None
    clock: Clock = field(default_factory=SystemClock)
    gather_s: float = 0.025


@dataclass(slots=True, kw_only=True)
class RunInputs:
    """What one run is given: the start node's inputs and the system's facts.

    `history` is the conversation before this run, oldest first, as `{"role", "content"}`; `conversation` holds the
    current values of conversation variables. Both are written to the log, so a recovered run sees the same. `root` is
    the node to begin at, "" for the plan's default; `limits` tighten those of the definition.
    """

    inputs: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    files: list[dict[str, Any]] = field(default_factory=list)
    conversation: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    conversation_id: str = ""
    dialogue_count: int = 0
    user_id: str = ""
    app_id: str = ""
    workflow_id: str = ""
    root: str = ""
    limits: dict[str, Any] | None = None


class Control:
    """Stops a run from outside, and tells waiting nodes what they wait for. Safe to call from any thread.

    Of several stops the first reason counts. `signals` are those the driver has not taken yet.
    """

    def __init__(self) -> None:
        self.reason: str | None = None
        self.signals: deque[Signal] = deque()
        self._wake: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self, reason: str = "user") -> None:
        """Ask the driver to cancel what runs and end with `run_stopped`."""
        if self.reason is None:
            self.reason = reason
        self._ring()

    def deliver(self, signal: Signal) -> None:
        """Give a waiting node what it waits for. A key that nothing waits for is ignored."""
        self.signals.append(signal)
        self._ring()

    def _ring(self) -> None:
        loop, wake = self._loop, self._wake
        if loop is not None and wake is not None and not loop.is_closed():
            loop.call_soon_threadsafe(wake)

    def bind(self, loop: asyncio.AbstractEventLoop, wake: Any) -> None:
        """Called by the driver: `wake` is run on `loop` after a stop or a signal."""
        self._loop, self._wake = loop, wake
