"""Taking the text out of a file, in a child process, from asynchronous code.

Knows the child and its time; knows nothing of formats or nodes.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from weakref import WeakKeyDictionary

from workflows.documents import isolation
from workflows.documents.errors import ParseError
from workflows.documents.formats import format_of

TIMEOUT_S = 120.0
MAX_BYTES = 50 * 1024 * 1024
_AT_ONCE = 2
_POLL_S = (0.01, 0.1)

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def extract(data: bytes, extension: str, mime_type: str = "", timeout_s: float = TIMEOUT_S) -> str:
    """The file's text. Raises ParseError. Few files are read at once; cancelling ends the child."""
    format_name = format_of(extension, mime_type)
    if len(data) > MAX_BYTES:
        limit_mb = MAX_BYTES // 1024 // 1024
        raise ParseError("parse_too_large", f"The file is larger than {limit_mb} MB, the most that is read. Split it.")
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE)):
        with tempfile.TemporaryDirectory(prefix="weft-read-") as folder:
            source, target = Path(folder) / "in", Path(folder) / "out.json"
            await asyncio.to_thread(source.write_bytes, data)
            child = isolation.start("workflows.documents", format_name, str(source), str(target), folder=folder)
            try:
                deadline, pause = time.monotonic() + timeout_s, _POLL_S[0]
                while child.poll() is None:
                    if time.monotonic() > deadline:
                        message = f"Reading the file took longer than {timeout_s:g} s. Split it."
                        raise ParseError("parse_timeout", message)
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.5, _POLL_S[1])
            finally:
                isolation.stop(child)
            found = await asyncio.to_thread(isolation.answer, target, child.returncode)
    return str(found["text"])
