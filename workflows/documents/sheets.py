"""Spreadsheets of every kind: sheets as sections, rows with the names of their columns, merged cells spread out."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

import python_calamine as calamine

from workflows.documents.archive import open_archive
from workflows.documents.blocks import Draft
from workflows.documents.errors import ParseError
from workflows.documents.grid import Row, add_sheet
from workflows.documents.parsed import Outline, Parsed
from workflows.documents.rendering import cell_text, markdown_table

PART_ROWS = 20_000
_MAX_CELLS = 3_000_000
# Cells that one merge may fill: more is a background, not a value of each.
_MAX_MERGED = 1000
_BROKEN = "The file is no readable spreadsheet. Open it in its own program and save it as .xlsx again."
_LOCKED = "The spreadsheet is protected by a password. Save a copy without it."


def outline(data: bytes) -> Outline:
    with _opened(data) as book:
        return Outline.of("row", sum(_height(sheet) for sheet in _sheets(book)), PART_ROWS)


def parse(data: bytes, first: int, last: int) -> Parsed:
    draft = Draft()
    above = 0  # rows of the sheets before
    with _opened(data) as book:
        for sheet in _sheets(book):
            low, high = first - above, last - above
            above += _height(sheet)
            if high < 1 or low > _height(sheet):
                continue
            if low <= 1:
                draft.add(sheet.name, "heading", 1)
            add_sheet(draft, _rows(sheet), _texts, max(low, 1), high)
    return Parsed(draft.blocks)


def text(data: bytes) -> str:
    """One Markdown table a sheet."""
    cells, tables = 0, []
    with _opened(data) as book:
        for sheet in _sheets(book):
            rows = []
            for row in sheet.iter_rows():
                cells += len(row) + 1
                if cells > _MAX_CELLS:
                    raise ParseError(
                        "parse_too_large", f"The spreadsheet has more than {_MAX_CELLS:,} cells. Split it."
                    )
                rows.append(row)
            tables.append(markdown_table(rows))
    return "\n\n".join(filter(None, tables))


def _opened(data: bytes) -> Any:
    if data.startswith(b"PK"):
        open_archive(data, _BROKEN).close()
    try:
        return calamine.load_workbook(io.BytesIO(data))
    except calamine.PasswordError as exc:
        raise ParseError("parse_encrypted", _LOCKED) from exc
    except (calamine.CalamineError, OSError, ValueError) as exc:
        locked = "assword" in str(exc) or "ncrypt" in str(exc)
        raise ParseError(*(("parse_encrypted", _LOCKED) if locked else ("parse_failed", _BROKEN))) from exc


def _sheets(book: Any) -> Iterator[Any]:
    """The sheets that hold cells: charts and macros do not."""
    for meta in book.sheets_metadata:
        if meta.typ == calamine.SheetTypeEnum.WorkSheet:
            try:
                yield book.get_sheet_by_name(meta.name)
            except (calamine.CalamineError, OSError, ValueError) as exc:
                raise ParseError("parse_failed", _BROKEN) from exc


def _height(sheet: Any) -> int:
    return sheet.end[0] + 1 if sheet.end else 0


def _rows(sheet: Any) -> Iterator[Row]:
    """All rows from the sheet's first; their cells begin at the first column that holds any."""
    ranges = sheet.merged_cell_ranges or ()
    merges = _Merges(ranges, sheet.start[1] if sheet.start else 0) if ranges else None
    for number, values in enumerate(sheet.iter_rows()):
        yield number + 1, merges.spread(number, _texts(values)) if merges else values


def _texts(values: Sequence[Any]) -> list[str]:
    return [cell_text(value) for value in values]


class _Merges:
    """Which cells show the value of another: those of a merged area show its first one's."""

    def __init__(self, ranges: Any, first_column: int) -> None:
        small = sorted(
            ((top, left - first_column), (bottom, right - first_column))
            for (top, left), (bottom, right) in ranges
            if left >= first_column and (bottom - top + 1) * (right - left + 1) <= _MAX_MERGED
        )
        self._areas = small
        self._starts = [area[0][0] for area in small]
        self._tallest = max((area[1][0] - area[0][0] for area in small), default=0)
        self._values: dict[tuple[int, int], str] = {}

    def spread(self, row: int, cells: list[str]) -> list[str]:
        low = bisect_right(self._starts, row - self._tallest - 1)
        for (top, left), (bottom, right) in self._areas[low : bisect_right(self._starts, row)]:
            if bottom < row:
                continue
            cells.extend([""] * (right + 1 - len(cells)))
            if row == top:
                self._values[top, left] = cells[left]
            value = self._values.get((top, left), "")
            for column in range(left, right + 1):
                cells[column] = cells[column] or value
            if row == bottom:
                self._values.pop((top, left), None)
        return cells
