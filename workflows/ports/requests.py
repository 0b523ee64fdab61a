"""What HTTP, programs and tools are asked and answer."""

from __future__ import annotations

from typing import Any

import msgspec


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
