"""Jupyter notebooks: prose, programs, and what they printed."""

from __future__ import annotations

import re
from typing import Any

from workflows.documents import markdown
from workflows.documents.blocks import Draft
from workflows.documents.errors import ParseError
from workflows.documents.parsed import Parsed
from workflows.documents.structured import json_value

_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_OUTPUT_CHARS = 20_000


def parse(data: bytes) -> Parsed:
    book = json_value(data)
    cells = book.get("cells") if isinstance(book, dict) else None
    if cells is None and isinstance(book, dict):  # before version 4 the cells lay in worksheets
        cells = [cell for sheet in book.get("worksheets") or [] for cell in sheet.get("cells") or []]
    if not isinstance(cells, list):
        raise ParseError("parse_failed", "The file is no Jupyter notebook. Open it in Jupyter and save it again.")
    draft = Draft()
    for cell in cells:
        if isinstance(cell, dict):
            _add_cell(draft, cell)
    facts = book.get("metadata")
    title = facts.get("title") if isinstance(facts, dict) else None
    return Parsed(draft.blocks, title=title if isinstance(title, str) else "")


def _add_cell(draft: Draft, cell: dict[str, Any]) -> None:
    source = _text(cell.get("source", cell.get("input")))
    kind = cell.get("cell_type")
    if kind == "markdown":
        markdown.add(draft, source)
    elif kind == "heading":
        draft.add(source, "heading", int(cell.get("level") or 1))
    elif kind == "code":
        draft.add(source, "code")
        for output in cell.get("outputs") or []:
            if isinstance(output, dict):
                draft.add(_printed(output)[:_OUTPUT_CHARS], "code")
    else:
        draft.add(source)


def _printed(output: dict[str, Any]) -> str:
    """What a cell printed or returned as text; pictures and web pages are left out."""
    if "traceback" in output:
        return f"{output.get('ename', '')}: {output.get('evalue', '')}"
    data = output.get("data")
    found = data.get("text/plain") if isinstance(data, dict) else output.get("text")
    return _ESCAPES.sub("", _text(found))


def _text(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value or "")
