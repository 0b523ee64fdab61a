"""From a prompt's messages to what a model is sent: templates rendered, passages numbered, history put in place.

Knows messages; knows nothing of models or of streaming.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from workflows.context import Context
from workflows.errors import NodeError
from workflows.ports import Message
from workflows.scope import Scope
from workflows.template import Ref
from workflows.tokens import estimate_tokens
from workflows.values import Dialect, to_text

Turns = Sequence[dict[str, Any]]
"""A conversation, oldest first, as `{"role", "content"}`."""


class Given(NamedTuple):
    """What the words of a prompt that are no references stand for."""

    context: str = ""
    histories: str = ""


Render = Callable[[Context, Given], str]
"""Renders one message's text."""


def compile_text(text: str, scope: Scope, field: str, words: Mapping[str, str]) -> Render:
    """A template in which `{{#word#}}` stands for the field of Given that `words` names."""
    markers = {word: Ref(None, [word]) for word in words}
    meaning = {id(ref): words[word] for word, ref in markers.items()}
    parts, dialect = scope.template(text, field, markers).parts, scope.dialect

    def render(ctx: Context, given: Given) -> str:
        pool = ctx.pool
        return "".join(
            part
            if isinstance(part, str)
            else getattr(given, meaning[id(part)])
            if id(part) in meaning
            else to_text(part.get(pool), dialect)
            for part in parts
        )

    return render


def context_text(value: Any, dialect: Dialect = "weft", *, first: int = 1) -> str:
    """Passages as blocks `[1] Title` over their content, numbered from `first`; text stays as it is.

    In Dify's dialect: the contents alone, a line break between.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        message = "The context must be text or a list of passages."
        raise NodeError("context_type", message, field="context", retryable=False)
    if dialect == "dify":
        return "\n".join(_content(item, dialect) for item in value)
    return "\n\n".join(_block(number, item) for number, item in enumerate(value, first))


def _content(item: Any, dialect: Dialect) -> str:
    if not isinstance(item, dict) or "content" not in item:
        return to_text(item, dialect)
    return "\n".join(filter(None, [to_text(item.get("summary"), dialect), to_text(item["content"], dialect)]))


def _block(number: int, item: Any) -> str:
    if isinstance(item, dict) and "content" in item:
        metadata = item.get("metadata")
        named = metadata.get("document_name") if isinstance(metadata, dict) else None
        title = to_text(item.get("title")) or to_text(named)
        return f"[{number}] {title}\n{to_text(item['content'])}"
    return to_text(item)


def put_history(messages: Sequence[Message], history: Turns, query: str | None) -> list[Message]:
    """The messages with `history` before the last user message, or at the end when there is none; with a `query`, at
    the end and followed by it. Empty messages are dropped. Raises NodeError when nothing is left to send.
    """
    past = [Message(str(turn.get("role") or "user"), turn.get("content") or "") for turn in history]
    if query is not None:
        placed = [*messages, *past, Message("user", query)]
    else:
        at = max((i for i, message in enumerate(messages) if message.role == "user"), default=len(messages))
        placed = [*messages[:at], *past, *messages[at:]]
    result = [message for message in placed if message.content]
    if not result:
        raise NodeError("prompt_empty", "Every message of the prompt is empty.", field="prompt", retryable=False)
    return result


def window(history: Turns, size: int | None, max_tokens: int | None = None) -> Turns:
    """The last messages: at most `size` (all for 0 or None) and about `max_tokens`, starting with a user's."""
    recent = list(history[-size:]) if size else list(history)
    if max_tokens is not None:
        left = max_tokens
        kept = 0
        for turn in reversed(recent):
            left -= estimate_tokens(to_text(turn.get("content"))) + 4
            if left < 0:
                break
            kept += 1
        recent = recent[len(recent) - kept :]
    if len(recent) < len(history):
        while recent and recent[0].get("role") == "assistant":
            recent.pop(0)
    return recent


def history_text(history: Turns, user: str = "Human", assistant: str = "Assistant") -> str:
    """The conversation as text, a line for each message: `Human: …`."""
    names = {"user": user, "assistant": assistant}
    lines = [(names.get(str(turn.get("role")), user), to_text(turn.get("content"))) for turn in history]
    return "\n".join(f"{name}: {content}" for name, content in lines)
