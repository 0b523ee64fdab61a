"""What every parser makes: blocks of text in reading order, each with what is known of its place.

Knows blocks and their bounds; knows no format. Plain data that goes through JSON unchanged (`dump`, `load`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from workflows.documents.errors import ParseError

Kind = Literal["heading", "text", "list", "row", "code", "caption"]
# x0, y0, x1, y1 as shares of the page's width and height, from its upper left corner.
Box = tuple[float, float, float, float]

MAX_CHARS = 20_000_000
MAX_BLOCKS = 2_000_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufeff\ufffe\uffff]|[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Block:
    """`level` is 1 to 6 for headings, else 0. `page` counts from 1 where the format has pages (slides, too).

    A row's `text` can be read alone (`header: cell | …`); `headers` and `cells` are what it was made of, so that rows
    which stand together may name their header once. Rows of one table follow each other and share their `headers`.
    """

    text: str
    kind: Kind = "text"
    level: int = 0
    page: int | None = None
    box: Box | None = None
    headers: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """Collects blocks while a parser runs: cleans them, drops empty ones, and stops a file that has no end."""

    blocks: list[Block] = field(default_factory=list)
    _chars: int = 0

    def add(
        self, text: str, kind: Kind = "text", level: int = 0, page: int | None = None, box: Box | None = None
    ) -> None:
        clean = clean_text(text)
        # the indent of a program and of an inner list says something
        clean = clean.strip("\n").rstrip() if kind in ("code", "list") else clean.strip()
        if clean.strip():
            self._keep(Block(clean, kind, min(level, 6), page, box))

    def add_row(
        self, headers: Sequence[str], cells: Sequence[str], page: int | None = None, box: Box | None = None
    ) -> None:
        """A row of a table whose columns are called `headers`: none, or one for each cell."""
        clean = tuple(_cell(cell) for cell in cells)
        if any(clean):
            self._keep(Block(row_text(headers, clean), "row", 0, page, box, tuple(headers), clean))

    def _keep(self, block: Block) -> None:
        self._chars += len(block.text)
        if self._chars > MAX_CHARS or len(self.blocks) >= MAX_BLOCKS:
            raise ParseError("parse_too_large", f"The text is longer than {MAX_CHARS:,} characters. Split the file.")
        self.blocks.append(block)


def clean_text(text: str) -> str:
    """Line ends as `\\n`; without control characters and what is no character."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def row_text(headers: Sequence[str], cells: Sequence[str]) -> str:
    """A row that can be read alone: each value with the name of its column."""
    named = [(headers[i] if i < len(headers) else "", cell) for i, cell in enumerate(cells)]
    return " | ".join(f"{name}: {cell}" if name and name != cell else cell for name, cell in named if cell)


def dump(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """As JSON; what a block does not have is left out."""
    found = []
    for block in blocks:
        row: dict[str, Any] = {"text": block.text}
        if block.kind != "text":
            row["kind"] = block.kind
        for name in ("level", "page", "box", "headers", "cells"):
            if value := getattr(block, name):
                row[name] = value
        found.append(row)
    return found


def load(rows: Iterable[dict[str, Any]]) -> list[Block]:
    """Undoes `dump`, also after a way through JSON, where tuples are lists. Rows of a table share their headers."""
    found: list[Block] = []
    headers: tuple[str, ...] = ()
    for row in rows:
        named = tuple(row.get("headers", ()))
        headers = headers if named == headers else named
        found.append(_loaded(row, headers))
    return found


def _loaded(row: dict[str, Any], headers: tuple[str, ...]) -> Block:
    box = row.get("box")
    return Block(
        row["text"],
        row.get("kind", "text"),
        row.get("level", 0),
        row.get("page"),
        None if box is None else (box[0], box[1], box[2], box[3]),
        headers,
        tuple(row.get("cells", ())),
    )


def _cell(text: str) -> str:
    return " ".join(clean_text(text).split())
