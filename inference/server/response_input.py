"""Reads a request of OpenAI's responses endpoint as the chat request it amounts to. Nothing is stored between requests,
so whatever refers to an earlier one is refused by name.
"""

from __future__ import annotations

from typing import Any

import msgspec

from inference.errors import BadRequest
from inference.server.protocol import ChatRequest, FunctionCall, Message, MessageCall, Workflow


class ResponsesRequest(msgspec.Struct, kw_only=True):
    model: str
    input: str | list[dict[str, Any]]
    instructions: str | None = None
    stream: bool = False
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    text: dict[str, Any] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    reasoning: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    previous_response_id: str | None = None
    conversation: str | dict[str, Any] | None = None
    background: bool | None = None
    prompt: dict[str, Any] | None = None
    include: list[str] | None = None
    priority: int = 0
    cache_salt: str = ""
    workflow: Workflow | None = None


def as_chat(request: ResponsesRequest) -> ChatRequest:
    """The same request for the chat endpoint. Raises BadRequest for what needs a memory, and for items unknown."""
    for name in ("previous_response_id", "conversation", "background", "prompt"):
        if getattr(request, name):
            raise BadRequest(
                "unsupported_parameter",
                f"{name} is not supported: this server keeps nothing between requests; send the whole input.",
                param=name,
            )
    given: list[dict[str, Any]] = (
        [{"role": "user", "content": request.input}] if isinstance(request.input, str) else request.input
    )
    messages = [Message(role="system", content=request.instructions)] if request.instructions else []
    for at, item in enumerate(given):
        _append(messages, item, at)
    return ChatRequest(
        model=request.model,
        messages=messages,
        stream=request.stream,
        max_tokens=request.max_output_tokens,
        temperature=request.temperature,
        top_p=request.top_p,
        response_format=_format((request.text or {}).get("format")),
        tools=request.tools,
        tool_choice=request.tool_choice,
        parallel_tool_calls=request.parallel_tool_calls,
        reasoning_effort=_effort(request.reasoning or {}),
        priority=request.priority,
        cache_salt=request.cache_salt,
        workflow=request.workflow,
    )


def _effort(reasoning: dict[str, Any]) -> str | None:
    effort = reasoning.get("effort")
    if effort is not None and not isinstance(effort, str):
        raise BadRequest("invalid_field", "reasoning.effort is no text.", param="reasoning.effort")
    return effort


def _append(messages: list[Message], item: dict[str, Any], at: int) -> None:
    kind = item.get("type", "message")
    if kind == "reasoning":
        return
    try:
        if kind == "message":
            messages.append(msgspec.convert({"role": item.get("role"), "content": item.get("content")}, Message))
        elif kind == "function_call":
            call = MessageCall(
                id=str(item.get("call_id", "")),
                function=msgspec.convert({"name": item.get("name"), "arguments": item.get("arguments")}, FunctionCall),
            )
            if not (messages and messages[-1].tool_calls):
                messages.append(Message(role="assistant", tool_calls=[]))
            messages[-1].tool_calls = [*(messages[-1].tool_calls or []), call]
        elif kind == "function_call_output":
            output = msgspec.convert(item.get("output"), str | list[dict[str, Any]])
            messages.append(Message(role="tool", content=output, tool_call_id=str(item.get("call_id", ""))))
        else:
            raise BadRequest("content_unsupported", f"input[{at}] has type {kind!r}, unknown here.", param="input")
    except msgspec.ValidationError as error:
        raise BadRequest("invalid_field", f"input[{at}]: {error}.", param="input") from error


def _format(given: object) -> dict[str, Any] | None:
    """`text.format` carries its schema directly; `response_format` one level deeper."""
    if not isinstance(given, dict):
        return None
    return {"type": "json_schema", "json_schema": given} if given.get("type") == "json_schema" else given
