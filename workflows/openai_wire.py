"""The OpenAI chat wire format, as far as every adapter needs it: a request's body, and what a streamed piece holds.

Pure: knows JSON shapes and servers' habits with them; sends nothing.
"""

from __future__ import annotations

import json
import re
from typing import Any

from workflows.events import Usage
from workflows.ports import ChatChunk, ChatRequest, Message, ToolCall, ToolCallDelta, ToolSpec

_MAX_COUNT = 2**31 - 1
_MAX_COST = 1e9
_OURS = frozenset({"model", "messages", "stream", "stream_options", "stop", "response_format", "tools", "tool_choice"})
# A refusal counts as "cannot" only when it speaks of the thing and of its being absent.
_ABSENT = re.compile(
    r"support|enable|unknown|unrecogni|(un|not )available|unexpected|extra|disabled|read text only|is not a|at most",
    re.IGNORECASE,
)
_NO_TOOLS = re.compile(r"tool|function.?call", re.IGNORECASE)
_NO_VISION = re.compile(r"image|vision|multi-?modal|content part", re.IGNORECASE)
_NO_SCHEMA = re.compile(r"response_format|json_schema|structured.?output|guided", re.IGNORECASE)


def chat_body(request: ChatRequest, *, include_usage: bool = True) -> dict[str, Any]:
    """The body of a streamed chat completion."""
    body: dict[str, Any] = {
        key: value for key, value in request.params.items() if key not in _OURS and value is not None
    }
    body["model"] = request.model
    body["messages"] = [_message(each) for each in request.messages]
    body["stream"] = True
    if include_usage:
        body["stream_options"] = {"include_usage": True}
    if request.stop:
        body["stop"] = list(request.stop)
    if request.response_format is not None:
        body["response_format"] = request.response_format
    if request.tools:
        body["tools"] = [_tool(each) for each in request.tools]
        body["tool_choice"] = _choice(request.tool_choice)
    return body


def _message(message: Message) -> dict[str, Any]:
    value: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        value["content"] = message.content or None
        value["tool_calls"] = [_call(each) for each in message.tool_calls]
    if message.tool_call_id:
        value["tool_call_id"] = message.tool_call_id
    return value


def _call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _tool(tool: ToolSpec) -> dict[str, Any]:
    parameters = tool.parameters or {"type": "object", "properties": {}}
    function = {"name": tool.name, "description": tool.description, "parameters": parameters}
    return {"type": "function", "function": function}


def _choice(choice: str) -> Any:
    return choice if choice in ("auto", "none", "required") else {"type": "function", "function": {"name": choice}}


def chunk_of(event: dict[str, Any]) -> ChatChunk:
    """One streamed event, or a whole reply. Missing and null fields are nothing; several choices are one."""
    text = reasoning = ""
    finish_reason: str | None = None
    calls: list[ToolCallDelta] = []
    probabilities: dict[str, float] = {}
    for choice in _dicts(event.get("choices")):
        part = choice.get("delta") or choice.get("message") or {}
        if not isinstance(part, dict):
            continue
        text += text_of(part.get("content"))
        reasoning += text_of(part.get("reasoning_content")) or text_of(part.get("reasoning"))
        calls += [_delta(each) for each in _dicts(part.get("tool_calls"))]
        if isinstance(part.get("function_call"), dict):
            calls.append(_delta({"index": 0, "function": part["function_call"]}))
        reason = choice.get("finish_reason")
        finish_reason = reason if isinstance(reason, str) and reason else finish_reason
        probabilities |= _probabilities(choice.get("weft"))
    return ChatChunk(
        text=text,
        reasoning=reasoning,
        finish_reason=finish_reason,
        usage=usage_of(event.get("usage")),
        tool_calls=calls,
        probabilities=probabilities,
    )


def _probabilities(own: Any) -> dict[str, float]:
    """Of a choice's options, as the built-in server tells them."""
    options = _dicts(own.get("options")) if isinstance(own, dict) else []
    return {
        text_of(each.get("option")): float(each["probability"])
        for each in options
        if isinstance(each.get("probability"), (int, float)) and 0 <= each["probability"] <= 1
    }


def _delta(call: dict[str, Any]) -> ToolCallDelta:
    function = call.get("function")
    function = function if isinstance(function, dict) else {}
    index, arguments = call.get("index"), function.get("arguments")
    if isinstance(arguments, (dict, list)):
        arguments = json.dumps(arguments, ensure_ascii=False)
    return ToolCallDelta(
        index=index if isinstance(index, int) and not isinstance(index, bool) else None,
        id=text_of(call.get("id")),
        name=text_of(function.get("name")),
        arguments=text_of(arguments),
    )


def usage_of(value: Any) -> Usage | None:
    """Tokens, and the cost where the server tells it."""
    if not isinstance(value, dict):
        return None
    prompt, completion = _count(value.get("prompt_tokens")), _count(value.get("completion_tokens"))
    cost = value.get("cost")
    known = isinstance(cost, (int, float)) and 0 <= cost <= _MAX_COST
    total = _count(value.get("total_tokens")) or prompt + completion
    return Usage(prompt, completion, total, float(cost) if known else 0.0)  # type: ignore[arg-type]


def lacking(request: ChatRequest, said: str) -> str | None:
    """The code of what a model cannot take, guessed from what a server said when it refused `request`."""
    if not _ABSENT.search(said):
        return None
    if request.tools and _NO_TOOLS.search(said):
        return "model_no_tools"
    if has_images(request) and _NO_VISION.search(said):
        return "model_no_vision"
    if request.response_format is not None and _NO_SCHEMA.search(said):
        return "model_no_schema"
    return None


def error_text(body: str) -> str:
    """The vendor's own sentence out of an error body, whatever its shape; at most 300 characters."""
    value: Any = None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return " ".join(body.split())[:300]
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        inner = value.get("error", value)
        if isinstance(inner, dict):
            inner = inner.get("message") or inner.get("detail") or inner.get("code") or ""
        value = inner
    return " ".join(str(value).split())[:300]


def has_images(request: ChatRequest) -> bool:
    """Whether a message holds something other than text."""
    parts = (part for each in request.messages if isinstance(each.content, list) for part in each.content)
    return any(part.get("type") != "text" for part in parts)


def text_of(value: Any) -> str:
    """Content is a string, or typed parts of which the text counts."""
    if isinstance(value, list):
        return "".join(text_of(part.get("text")) for part in _dicts(value))
    return value if isinstance(value, str) else ""


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _count(value: Any) -> int:
    """A count as a column holds it, whatever the server claims."""
    if not isinstance(value, (int, float)) or value != value:
        return 0
    return int(max(0, min(value, _MAX_COUNT)))
