"""Server-sent events out of a byte stream: a read is bytes, not an event."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from workflows.errors import ModelError

_MAX_EVENT_BYTES = 4 * 1024 * 1024


class _Bytes(Protocol):
    def iter_any(self) -> AsyncIterator[bytes]: ...


async def data_lines(content: _Bytes) -> AsyncIterator[str]:
    """The `data:` of every event; an event's several data lines are joined. Raises ModelError for one without end."""
    rest = b""
    data: list[str] = []
    async for piece in content.iter_any():
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > _MAX_EVENT_BYTES:
            raise ModelError("model_protocol", "The model server sent a line without end.")
        for line in lines:
            text = line.decode("utf-8", errors="replace").rstrip("\r")
            if text.startswith("data:"):
                data.append(text[5:].removeprefix(" "))
            elif not text and data:
                yield "\n".join(data)
                data = []
    if rest.startswith(b"data:"):
        data.append(rest[5:].decode("utf-8", errors="replace").strip())
    if data:
        yield "\n".join(data)
