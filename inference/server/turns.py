"""Turns the messages of a request into a conversation. Knows OpenAI's roles and content parts; nothing of templates."""

from __future__ import annotations

from typing import Any

from inference.errors import BadRequest
from inference.request import ToolCall, Turn
from inference.server.protocol import Message

_TEXT_PARTS = frozenset({"text", "input_text", "output_text", "refusal"})
_ROLES = {"developer": "system", "function": "tool"}


def turns(messages: list[Message]) -> list[Turn]:
    """Messages with their content parts joined to text; raises BadRequest for parts that are no text."""
    if not messages:
        raise BadRequest("messages_empty", "messages is empty; at least one message is needed.", param="messages")
    return [_turn(message, at) for at, message in enumerate(messages)]


def _turn(message: Message, at: int) -> Turn:
    return Turn(
        _ROLES.get(message.role, message.role),
        joined(message.content, f"messages[{at}]", param="messages"),
        name=message.name or "",
        reasoning=message.reasoning_content or message.reasoning or "",
        tool_calls=tuple(
            ToolCall(call.id, call.function.name, call.function.arguments) for call in message.tool_calls or ()
        ),
        tool_call_id=message.tool_call_id or "",
    )


def joined(content: str | list[dict[str, Any]] | None, place: str, *, param: str) -> str:
    """The text of a message's content. Raises BadRequest naming `place` for an image, a sound or a file."""
    if content is None or isinstance(content, str):
        return content or ""
    texts = []
    for part in content:
        kind = part.get("type")
        text = part.get("refusal") if kind == "refusal" else part.get("text")
        if not isinstance(kind, str) or kind not in _TEXT_PARTS or not isinstance(text, str):
            raise BadRequest(
                "content_unsupported",
                f"{place} has a content part of type {kind!r}; the models of this server read text only.",
                param=param,
            )
        texts.append(text)
    return "\n".join(texts)
