"""One message each way between the sandbox and its host: eight bytes of length, then JSON.

Knows framing and the shape of a reply; both sides use it.
"""

from __future__ import annotations

import json
import os
import struct
from typing import Any

_HEAD = struct.Struct(">Q")
HEAD_BYTES = _HEAD.size


def framed(message: Any) -> bytes:
    """The message as it travels. Raises TypeError, ValueError or RecursionError when JSON cannot hold it."""
    body = json.dumps(message, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    return _HEAD.pack(len(body)) + body


def length(head: bytes) -> int:
    """How many bytes follow the head."""
    return int(_HEAD.unpack(head)[0])


def read(fd: int) -> Any:
    """One message from a blocking descriptor. Raises EOFError when it ends early."""
    return json.loads(_read_exactly(fd, length(_read_exactly(fd, HEAD_BYTES))))


def write(fd: int, data: bytes) -> None:
    """All of `data` to a blocking descriptor."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _read_exactly(fd: int, wanted: int) -> bytes:
    parts: list[bytes] = []
    while wanted:
        part = os.read(fd, min(wanted, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)
