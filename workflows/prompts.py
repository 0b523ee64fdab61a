"""From a prompt's messages to what a model is sent: templates rendered, passages numbered, history put in place.

Knows messages; knows nothing of models or of streaming.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from workflows.context import Context
from workflows.errors import NodeError
from workflows.ports import Message
from workflows.values import to_text

Render = Callable[[Context, str], str]
"""Renders one message's text, given the context passages as text."""


def context_text(value: Any) -> str:
    """Passages as numbered blocks `[1] Title` over their content, a blank line between; text stays as it is."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        message = "The context must be text or a list of passages."
        raise NodeError("context_type", message, field="context", retryable=False)
    return "\n\n".join(_block(number, item) for number, item in enumerate(value, 1))


def _block(number: int, item: Any) -> str:
    if isinstance(item, dict) and "content" in item:
        title = to_text(item.get("title")) or to_text((item.get("metadata") or {}).get("document_name"))
        return f"[{number}] {title}\n{to_text(item['content'])}"
    return to_text(item)


def assemble(
    ctx: Context, messages: Sequence[tuple[str, Render]], context: str, history: Sequence[dict[str, Any]]
) -> list[Message]:
    """The rendered messages; `history` goes before the last user message, or at the end when there is none.

    Empty messages are dropped. Raises NodeError when nothing is left to send.
    """
    rendered = [Message(role, render(ctx, context)) for role, render in messages]
    past = [Message(str(turn.get("role", "user")), turn.get("content") or "") for turn in history]
    at = max((i for i, message in enumerate(rendered) if message.role == "user"), default=len(rendered))
    result = [message for message in [*rendered[:at], *past, *rendered[at:]] if message.content]
    if not result:
        raise NodeError("prompt_empty", "Every message of the prompt is empty.", field="prompt", retryable=False)
    return result


def window(history: Sequence[dict[str, Any]], size: int) -> Sequence[dict[str, Any]]:
    """The last `size` messages, starting with a user's; all of them for 0."""
    if size <= 0 or len(history) <= size:
        return history
    recent = list(history[-size:])
    while recent and recent[0].get("role") == "assistant":
        recent.pop(0)
    return recent
