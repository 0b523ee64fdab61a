"""Tables of delimited values: rows with the names of their columns, read in parts of some thousand rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from workflows.documents.blocks import Draft
from workflows.documents.grid import add_sheet
from workflows.documents.parsed import Outline, Parsed
from workflows.documents.plain import lines_of

PART_ROWS = 20_000
MAX_FIELD = 1_000_000
MAX_COLUMNS = 16_384


def outline(data: bytes) -> Outline:
    return Outline.of("row", sum(1 for _ in rows_of(lines_of(data))), PART_ROWS)


def parse(data: bytes, first: int, last: int) -> Parsed:
    draft = Draft()
    numbered = enumerate(rows_of(lines_of(data)), start=1)
    add_sheet(draft, numbered, lambda row: [" ".join(cell.split()) for cell in row], first, last)
    return Parsed(draft.blocks)


def rows_of(text: str) -> Iterator[list[str]]:
    """Rows with their empty ones; what the quoting rules cannot explain is taken as it stands."""
    text = text.replace("\x00", "")
    delimiter = delimiter_of(text)
    csv.field_size_limit(MAX_FIELD)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in rows:
            yield row[:MAX_COLUMNS]
    except csv.Error:
        # A quote that nobody closes makes one endless field: the rest is read line by line.
        for line in text.split("\n")[rows.line_num :]:
            yield line[:MAX_FIELD].split(delimiter)[:MAX_COLUMNS]


def delimiter_of(text: str) -> str:
    """The mark that parts the first lines most often and most evenly."""
    lines = [re.sub(r'"[^"]*"', "", line) for line in text.lstrip("\n")[:65_536].split("\n")[:20] if line.strip()]
    if lines[:1] and lines[0].lower().startswith("sep=") and len(lines[0]) >= 5:
        return lines[0][4]

    def evenness(mark: str) -> tuple[float, int]:
        counts = [line.count(mark) for line in lines]
        usual = max(set(counts), key=counts.count) if counts else 0
        return (counts.count(usual) / len(counts) if usual else 0.0, usual)

    best = max(",;\t|", key=evenness)
    return best if evenness(best)[1] else max(",;\t|", key=(lines[0] if lines else "").count)
