"""What the OpenAI formats hold beyond chat, which is `workflows.openai_wire`: events, embeddings, estimates.

Pure: knows JSON shapes; sends nothing.
"""

from __future__ import annotations

import json
from typing import Any

from workflows.events import Usage
from workflows.openai_wire import text_of
from workflows.ports import ChatRequest
from workflows.tokens import estimate_tokens

# What a picture costs, about: vendors charge between 85 and 1,600 tokens, by its size.
_IMAGE_TOKENS = 800


def parse(data: str) -> dict[str, Any] | None:
    """An event's JSON object; None for what is none (one bad line does not spoil the rest of a stream)."""
    try:
        value = json.loads(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def estimated_usage(request: ChatRequest, reply: str) -> Usage:
    """For servers that never tell. `reply` holds everything the model wrote, arguments of calls too."""
    prompt = sum(_tokens(each.content) + 4 for each in request.messages)
    prompt += sum(estimate_tokens(f"{each.name}{each.description}{each.parameters}") for each in request.tools)
    completion = estimate_tokens(reply)
    return Usage(prompt, completion, prompt + completion)


def _tokens(content: str | list[dict[str, Any]]) -> int:
    others = sum(part.get("type") != "text" for part in content) if isinstance(content, list) else 0
    return estimate_tokens(text_of(content)) + _IMAGE_TOKENS * others


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
