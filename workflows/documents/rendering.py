"""Blocks as one text: each on lines of its own, the rows of a table as a Markdown table. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from workflows.documents.blocks import Block


def rendered(blocks: Iterable[Block]) -> str:
    """Pages (slides, chapters) are parted by a blank line."""
    pages = (list(page) for _, page in groupby(blocks, key=lambda block: block.page))
    return "\n\n".join("\n".join(_lines(page)) for page in pages)


def _lines(blocks: list[Block]) -> Iterable[str]:
    for (kind, headers), group in groupby(blocks, key=lambda block: (block.kind, block.headers)):
        if kind == "row":
            rows = [block.cells or (block.text,) for block in group]
            yield markdown_table([headers, *rows] if headers else rows)
        else:
            yield from (block.text for block in group)


def markdown_table(rows: Sequence[Sequence[Any]]) -> str:
    """A table whose first row is its head; empty rows and columns on the right are left out."""
    texts = [[cell_text(value).replace("|", "\\|") for value in row] for row in rows]
    texts = [row for row in texts if any(row)]
    width = max((len(row) - next(i for i, cell in enumerate(reversed(row)) if cell) for row in texts), default=0)
    if not width:
        return ""
    lines = ["| " + " | ".join([*row[:width], *[""] * (width - len(row))]) + " |" for row in texts]
    return "\n".join([lines[0], "| " + " | ".join(["---"] * width) + " |", *lines[1:]])


def cell_text(value: object) -> str:
    """A cell as it is read: whole numbers without a fraction, days without a time, on one line."""
    if value is None or value == "":
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return " ".join(str(value).split())
