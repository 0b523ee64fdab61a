"""What chat models are asked and say."""

from __future__ import annotations

from typing import Any

import msgspec

from workflows.events import Usage


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
    """One model call of one node, in the frame of that path. `tool_choice` is `auto`, `none`, `required` or the name of
    one of `tools`.
    """

    provider: str
    model: str
    messages: list[Message]
    params: dict[str, Any] = {}
    run_id: str = ""
    node_id: str = ""
    frame: str = ""
    stop: list[str] = []
    response_format: dict[str, Any] | None = None
    tools: list[ToolSpec] = []
    tool_choice: str = "auto"
    options: list[str] = []
    """What the messages ask to choose from: where a server can be bound to it, the reply is one of these word for word.
    Others answer as they will."""


class ToolCallDelta(msgspec.Struct, frozen=True):
    """A piece of a call as a server streams it; each part may be missing. `calls.Assembler` puts them together."""

    index: int | None = None
    id: str = ""
    name: str = ""
    arguments: str = ""


class ChatChunk(msgspec.Struct, frozen=True):
    """A piece of a model's reply. `usage`, `finish_reason` and `probabilities` arrive once, near the end.

    `probabilities` are those of the request's options, from servers that tell.
    """

    text: str = ""
    reasoning: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None
    tool_calls: list[ToolCallDelta] = []
    probabilities: dict[str, float] = {}
