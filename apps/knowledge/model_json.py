"""One bounded call of a chat model whose reply is to be JSON. What a model writes is data: whoever calls checks it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any
from uuid import UUID

from apps.providers import services as providers
from workflows.errors import ModelError
from workflows.ports import ChatRequest, Message
from workflows.repair import loads_lenient

TIMEOUT_S = 60.0
_MAX_CHARS = 20_000


async def ask(
    workspace_id: UUID, provider: str, model: str, *, system: str, text: str, timeout_s: float = TIMEOUT_S
) -> dict[str, Any] | None:
    """The JSON object of the reply, repaired where need be; None when it holds none. Raises ModelError."""
    messages = [Message(role="system", content=system), Message(role="user", content=text)]
    request = ChatRequest(provider=provider, model=model, messages=messages, params={"temperature": 0})
    said = ""
    try:
        async with (
            asyncio.timeout(timeout_s),
            aclosing(providers.chat_stream(workspace_id, request)) as chunks,
        ):
            async for chunk in chunks:
                said += chunk.text
                if len(said) > _MAX_CHARS:
                    break
    except TimeoutError as exc:
        message = f"{model} gave no whole answer within {timeout_s:g} s. Choose a faster model."
        raise ModelError("model_timeout", message, retryable=True) from exc
    value = loads_lenient(said)
    return value if isinstance(value, dict) else None
