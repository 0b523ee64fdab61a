"""Reading files: how one can be divided, what a part of it holds, its text. Each in a child process of its own.

Knows processes, recognition of text in pictures, and time; knows nothing of what formats look like inside.
"""

from __future__ import annotations

import asyncio
import base64
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from workflows.documents import isolation, recognition
from workflows.documents.blocks import Block
from workflows.documents.errors import ParseError
from workflows.documents.formats import format_of
from workflows.documents.isolation import Stopped
from workflows.documents.parsed import Caution, Outline, Parsed, load_outline, load_parsed
from workflows.documents.recognition import recognised

__all__ = ["MAX_BYTES", "Stopped", "extract", "outline", "parse"]

TIMEOUT_S = 120.0
PARSE_TIMEOUT_S = 300.0
MAX_BYTES = 50 * 1024 * 1024
_AT_ONCE = 2

ShouldStop = Callable[[], bool]
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


def _never() -> bool:
    return False


def outline(
    path: Path, format_name: str, should_stop: ShouldStop = _never, timeout_s: float = PARSE_TIMEOUT_S
) -> Outline:
    """How the file can be divided. Raises ParseError, or Stopped within a moment of `should_stop()`."""
    if format_name == "image":
        return Outline.whole()
    return load_outline(_ask(path, {"do": "outline", "format": format_name}, should_stop, timeout_s))


def parse(
    path: Path,
    format_name: str,
    first: int = 1,
    last: int = 2**31,
    should_stop: ShouldStop = _never,
    timeout_s: float = PARSE_TIMEOUT_S,
) -> Parsed:
    """What units `first` to `last` hold. Pages that are pictures go through recognition where it is installed."""
    deadline = time.monotonic() + timeout_s
    job = {"do": "parse", "format": format_name, "first": first, "last": last}
    try:
        found = _ask(path, job, should_stop, timeout_s)
    except ParseError as exc:
        if exc.code != "ocr_missing" or recognition.engine() is None:
            raise
        return Parsed(_paragraphs(recognised(path.read_bytes(), should_stop, timeout_s)))
    parsed = load_parsed(found)
    if found["format"] == "pdf" and recognition.engine() is not None:
        _recognise_pages(path, parsed, should_stop, deadline)
    if found["format"] == "pdf" and not parsed.blocks:
        _refuse_without_text(parsed, first, last)
    return parsed


async def extract(data: bytes, extension: str, mime_type: str = "", timeout_s: float = TIMEOUT_S) -> str:
    """The file's text. Raises ParseError. Few files are read at once; cancelling ends the child."""
    format_name = format_of(extension, mime_type)
    if len(data) > MAX_BYTES:
        limit_mb = MAX_BYTES // 1024 // 1024
        raise ParseError("parse_too_large", f"The file is larger than {limit_mb} MB, the most that is read. Split it.")
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE)):
        stop = threading.Event()
        reading = asyncio.ensure_future(asyncio.to_thread(_text, data, format_name, stop.is_set, timeout_s))
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            stop.set()
            await asyncio.wait({reading})
            raise


def _text(data: bytes, format_name: str, should_stop: ShouldStop, timeout_s: float) -> str:
    with tempfile.NamedTemporaryFile(prefix="weft-read-") as file:
        file.write(data)
        file.flush()
        try:
            job = {"do": "text", "format": format_name}
            return str(_ask(Path(file.name), job, should_stop, timeout_s)["text"])
        except ParseError as exc:
            if exc.code != "ocr_missing" or recognition.engine() is None:
                raise
            return recognised(data, should_stop, timeout_s).strip()


def _ask(path: Path, job: dict[str, Any], should_stop: ShouldStop, timeout_s: float) -> dict[str, Any]:
    return isolation.read(path, job, timeout_s, should_stop)


def _recognise_pages(path: Path, parsed: Parsed, should_stop: ShouldStop, deadline: float) -> None:
    """Turns warnings about pages without text into their text; what shows none, or takes too long, keeps its own."""
    kept: list[Caution] = []
    for caution in parsed.warnings:
        left = deadline - time.monotonic()
        if caution.code != "page_no_text" or left <= 0:
            kept.append(caution)
            continue
        job = {"do": "picture", "format": "pdf", "first": caution.page}
        picture = base64.b64decode(_ask(path, job, should_stop, left)["pgm"])
        found = _paragraphs(recognised(picture, should_stop, left), caution.page)
        parsed.blocks += found
        if not found:
            kept.append(caution)
    parsed.blocks.sort(key=lambda block: block.page or 0)
    parsed.warnings = kept


def _paragraphs(text: str, page: int | None = None) -> list[Block]:
    lines = ("\n".join(line.strip() for line in part.split("\n") if line.strip()) for part in text.split("\n\n"))
    return [Block(each, page=page) for each in lines if each]


def _refuse_without_text(parsed: Parsed, first: int, last: int) -> None:
    """A part of a long PDF is compared with its own pages."""
    without = [caution for caution in parsed.warnings if caution.code == "page_no_text"]
    asked = min(last, int(parsed.meta.get("pages", 0))) - first + 1
    if without and len(without) == asked:
        message = f"The PDF holds pictures of text but no text ({len(without)} pages). {recognition.MISSING}"
        raise ParseError("parse_no_text", message)
