"""The OpenAI chat wire format: requests out, chunks in.

Pure: knows JSON shapes and vendors' habits with them; sends nothing.
"""

from __future__ import annotations

import json
from typing import Any

from workflows.events import Usage
from workflows.ports import ChatChunk, ChatRequest

_MAX_COUNT = 2**31 - 1
_OURS = {"model", "messages", "stream", "stream_options", "stop", "response_format"}


def chat_body(request: ChatRequest, *, include_usage: bool = True) -> dict[str, Any]:
    body: dict[str, Any] = {
        key: value for key, value in request.params.items() if key not in _OURS and value is not None
    }
    body["model"] = request.model
    body["messages"] = [{"role": each.role, "content": each.content} for each in request.messages]
    body["stream"] = True
    if include_usage:
        body["stream_options"] = {"include_usage": True}
    if request.stop:
        body["stop"] = list(request.stop)
    if request.response_format is not None:
        body["response_format"] = request.response_format
    return body


def parse(data: str) -> dict[str, Any] | None:
    """An event's JSON object; None for what is none (one bad line does not spoil the rest of a stream)."""
    try:
        value = json.loads(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def chunk_of(event: dict[str, Any]) -> ChatChunk:
    """One streamed event. Missing and null fields are nothing; several choices are one."""
    text = reasoning = ""
    finish_reason: str | None = None
    for choice in _list(event.get("choices")):
        part = choice.get("delta") or choice.get("message") or {}
        text += _text(part.get("content"))
        reasoning += _text(part.get("reasoning_content")) or _text(part.get("reasoning"))
        finish_reason = choice.get("finish_reason") or finish_reason
    return ChatChunk(text=text, reasoning=reasoning, finish_reason=finish_reason, usage=usage_of(event.get("usage")))


def usage_of(value: Any) -> Usage | None:
    if not isinstance(value, dict):
        return None
    prompt, completion = _count(value.get("prompt_tokens")), _count(value.get("completion_tokens"))
    return Usage(prompt, completion, _count(value.get("total_tokens")) or prompt + completion)


def estimated_usage(request: ChatRequest, reply: str) -> Usage:
    """For servers that never tell: about one token for a CJK character and for four others."""
    prompt = sum(estimate_tokens(_text(each.content)) + 4 for each in request.messages)
    completion = estimate_tokens(reply)
    return Usage(prompt, completion, prompt + completion)


def estimate_tokens(text: str) -> int:
    wide = sum(1 for each in text if each >= "\u2e80")
    return wide + (len(text) - wide + 3) // 4


def error_text(body: str) -> str:
    """The vendor's own sentence out of an error body, whatever its shape; at most 300 characters."""
    value: Any = None
    try:
        value = json.loads(body)
    except ValueError:
        return " ".join(body.split())[:300]
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        inner = value.get("error", value)
        if isinstance(inner, dict):
            inner = inner.get("message") or inner.get("detail") or inner.get("code") or ""
        value = inner
    return " ".join(str(value).split())[:300]


def embeddings_of(body: dict[str, Any], count: int) -> list[list[float]] | None:
    """The vectors in the order of the inputs, or None when the answer does not hold exactly `count`."""
    rows = _list(body.get("data"))
    try:
        vectors = {int(row.get("index", i)): [float(x) for x in row["embedding"]] for i, row in enumerate(rows)}
        return [vectors[i] for i in range(count)] if len(vectors) == count else None
    except (KeyError, TypeError, ValueError):
        return None


def _list(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    """Content is a string, or typed parts of which the text counts."""
    if isinstance(value, list):
        return "".join(_text(part.get("text")) for part in _list(value))
    return value if isinstance(value, str) else ""


def _count(value: Any) -> int:
    """A count as a column holds it, whatever the server claims."""
    if not isinstance(value, (int, float)) or value != value:
        return 0
    return int(max(0, min(value, _MAX_COUNT)))
