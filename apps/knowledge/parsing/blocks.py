"""What every parser makes: blocks of text in reading order, each with what is known of its place."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from workflows.documents.errors import ParseError

Kind = Literal["heading", "text", "row", "code"]

MAX_CHARS = 20_000_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Block:
    """`level` is 1 to 6 for headings, else 0. `page` counts from 1 where the format has pages."""

    text: str
    kind: Kind = "text"
    level: int = 0
    page: int | None = None


@dataclass(slots=True)
class Draft:
    """Collects blocks while a parser runs: cleans them, drops empty ones, and stops a file that has no end."""

    blocks: list[Block] = field(default_factory=list)
    _chars: int = 0

    def add(self, text: str, kind: Kind = "text", level: int = 0, page: int | None = None) -> None:
        clean = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        clean = clean.strip("\n") if kind == "code" else clean.strip()
        if not clean.strip():
            return
        self._chars += len(clean)
        if self._chars > MAX_CHARS:
            raise ParseError("parse_too_large", f"The text is longer than {MAX_CHARS:,} characters. Split the file.")
        self.blocks.append(Block(clean, kind, min(level, 6), page))


def row_text(header: list[str], cells: list[str]) -> str:
    """A table row that can be read alone: each value with the name of its column."""
    named = [(header[i] if i < len(header) else "", cell) for i, cell in enumerate(cells)]
    return " | ".join(f"{name}: {cell}" if name and name != cell else cell for name, cell in named if cell)


def add_table(draft: Draft, rows: list[list[str]], page: int | None = None) -> None:
    """The first row is the header when every one of its cells has a text; a table of one row is just text."""
    rows = [[" ".join(cell.split()) for cell in row] for row in rows if any(cell.strip() for cell in row)]
    has_header = len(rows) > 1 and all(rows[0])
    for row in rows[1:] if has_header else rows:
        draft.add(row_text(rows[0] if has_header else [], row), "row", page=page)


def dump(blocks: list[Block]) -> list[dict[str, Any]]:
    return [asdict(block) for block in blocks]


def load(rows: list[dict[str, Any]]) -> list[Block]:
    return [Block(**row) for row in rows]
