"""One job, in the child: look into the file, choose its parser, and put what it says, or why not, into plain data.

Knows which parser reads what; knows nothing of processes and limits.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from workflows.documents.blocks import clean_text
from workflows.documents.errors import ParseError
from workflows.documents.formats import FORMATS
from workflows.documents.parsed import Outline, Parsed, dump_outline, dump_parsed
from workflows.documents.rendering import rendered
from workflows.documents.sniffing import actual_format

MAX_TEXT_CHARS = 10_000_000
_LIBRARIES = ("lxml.etree", "lxml.html", "pypdfium2", "python_calamine", "olefile", "yaml")


def preload() -> None:
    """Import every parser and its library, once, before children are forked and bound."""
    for name in _LIBRARIES:
        import_module(name)
    for each in FORMATS.values():
        for path in (each.parse, each.outline, each.text):
            if path:
                _function(path)


def carry_out(job: dict[str, Any], source: int) -> dict[str, Any]:
    """`job`: {"do": outline | parse | text | picture, "format", "first", "last"}. Never raises but MemoryError."""
    try:
        return _carry_out(job, _read(source))
    except ParseError as exc:
        return _error(exc.code, exc.message)
    except MemoryError:
        return _error("parse_too_large", "Reading the file takes too much memory. Split it.")
    except RecursionError:
        return _error("parse_failed", "The file is nested too deeply to be read.")
    except Exception:  # parsers and their libraries raise whatever a broken file happens to trip over
        message = "The file is damaged: its reader broke down. Open it in its own program and save it anew."
        return _error("parse_failed", message)


def _carry_out(job: dict[str, Any], data: bytes) -> dict[str, Any]:
    name = actual_format(data, job["format"])
    chosen = FORMATS[name]
    if job["do"] == "outline":
        outline = _function(chosen.outline)(data) if chosen.outline else Outline.whole()
        return {"format": name, **dump_outline(outline)}
    if job["do"] == "picture":
        return {"format": name, **_function("pdf.picture")(data, job["first"])}
    if job["do"] == "text" and chosen.text:
        text = clean_text(_function(chosen.text)(data))
    else:
        parsed = _parse(chosen.parse, bool(chosen.outline), data, job)
        if job["do"] == "parse":
            return {"format": name, **dump_parsed(parsed)}
        text = rendered(parsed.blocks)
    if len(text) > MAX_TEXT_CHARS:
        raise ParseError("parse_too_large", f"The text is longer than {MAX_TEXT_CHARS:,} characters. Split the file.")
    return {"format": name, "text": text}


def _parse(path: str, has_parts: bool, data: bytes, job: dict[str, Any]) -> Parsed:
    parser = _function(path)
    found: Parsed = parser(data, job["first"], job["last"]) if has_parts else parser(data)
    return found


def _function(path: str) -> Callable[..., Any]:
    module, _, name = path.partition(".")
    found: Callable[..., Any] = getattr(import_module(f"workflows.documents.{module}"), name)
    return found


def _read(source: int) -> bytes:
    size = os.fstat(source).st_size
    if not size:
        return b""
    with mmap.mmap(source, size, access=mmap.ACCESS_READ) as mapped:
        return mapped[:]


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
