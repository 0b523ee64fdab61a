"""Files inside files: read by their own parsers under a heading with their name, a few levels deep."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

from workflows.documents.blocks import MAX_CHARS, Block
from workflows.documents.errors import ParseError
from workflows.documents.formats import EXTENSIONS, FORMATS
from workflows.documents.parsed import Caution, Parsed
from workflows.documents.sniffing import actual_format

_MAX_DEPTH = 3
_MAX_NAME = 200
# Pictures in mails are mostly signatures.
_UNREAD = ("image",)


def add(parsed: Parsed, name: str, data: bytes, depth: int) -> None:
    """The blocks of an attachment; what cannot be read is a warning, not the end of the mail."""
    name = " ".join(name.split())[:_MAX_NAME]
    extension = name.rpartition(".")[2].lower()
    if not data or EXTENSIONS.get(extension) in (None, *_UNREAD):
        parsed.blocks.append(Block(f"[{name}]", "caption"))
        return
    if depth >= _MAX_DEPTH:
        message = f"The attachment {name} was not read: it is nested more than {_MAX_DEPTH} mails deep."
        parsed.warnings.append(Caution("attachment_skipped", message))
        return
    try:
        inner = _parse(actual_format(data, EXTENSIONS[extension]), data, depth + 1)
    except (ParseError, RecursionError) as exc:
        reason = exc.message if isinstance(exc, ParseError) else "The file is nested too deeply to be read."
        parsed.warnings.append(Caution("attachment_skipped", f"The attachment {name} was not read: {reason}"))
        return
    parsed.blocks.append(Block(name, "heading", 2))
    for block in inner.blocks:
        level = min(6, block.level + 2) if block.kind == "heading" else 0
        parsed.blocks.append(replace(block, page=None, box=None, level=level))
    parsed.warnings += inner.warnings
    if sum(len(block.text) for block in parsed.blocks) > MAX_CHARS:
        raise ParseError("parse_too_large", "The mail and its attachments hold too much text. Save them one by one.")


def _parse(name: str, data: bytes, depth: int) -> Parsed:
    chosen = FORMATS[name]
    module, _, function = chosen.parse.partition(".")
    parser: Any = getattr(import_module(f"workflows.documents.{module}"), function)
    if name in ("eml", "msg"):
        found: Parsed = parser(data, depth)
    else:
        found = parser(data, 1, 2**31) if chosen.outline else parser(data)
    return found
