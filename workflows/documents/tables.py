"""Tables as Markdown, and spreadsheets as tables."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from workflows.documents.archive import open_archive
from workflows.documents.errors import ParseError

_MAX_CELLS = 3_000_000
_BROKEN = "The file is no readable spreadsheet. Open it in its own program and save it as .xlsx again."
_LOCKED = "The spreadsheet is protected by a password. Save a copy without it."


def markdown_table(rows: Sequence[Sequence[Any]]) -> str:
    """A table whose first row is its head; empty rows and columns on the right are left out."""
    texts = [[_cell(value) for value in row] for row in rows]
    texts = [row for row in texts if any(row)]
    width = max((len(row) - next(i for i, cell in enumerate(reversed(row)) if cell) for row in texts), default=0)
    if not width:
        return ""
    lines = ["| " + " | ".join([*row[:width], *[""] * (width - len(row))]) + " |" for row in texts]
    return "\n".join([lines[0], "| " + " | ".join(["---"] * width) + " |", *lines[1:]])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return " ".join(str(value).split()).replace("|", "\\|")


def read_xlsx(data: bytes) -> str:
    import openpyxl

    open_archive(data, _BROKEN).close()
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        counter = _Counter()
        sheets = []
        for sheet in book.worksheets:
            # What a file says of its own size is not to be relied on.
            sheet.reset_dimensions()
            sheets.append(markdown_table(list(counter.counted(sheet.iter_rows(values_only=True)))))
    except (ParseError, MemoryError, RecursionError):
        raise
    except Exception as exc:  # openpyxl raises whatever the broken part happens to trip over
        raise ParseError("parse_failed", _BROKEN) from exc
    return "\n\n".join(filter(None, sheets))


def read_xls(data: bytes) -> str:
    import xlrd

    if data.startswith(b"PK"):
        return read_xlsx(data)
    try:
        book = xlrd.open_workbook(file_contents=data, on_demand=True, logfile=io.StringIO())
        counter = _Counter()
        sheets = []
        for index in range(book.nsheets):
            sheet = book.sheet_by_index(index)
            rows = ([_xls_value(cell, book) for cell in sheet.row(i)] for i in range(sheet.nrows))
            sheets.append(markdown_table(list(counter.counted(rows))))
            book.unload_sheet(index)
    except (ParseError, MemoryError, RecursionError):
        raise
    except Exception as exc:  # as above
        encrypted = "encrypted" in str(exc).lower()
        raise ParseError(*(("parse_encrypted", _LOCKED) if encrypted else ("parse_failed", _BROKEN))) from exc
    return "\n\n".join(filter(None, sheets))


def _xls_value(cell: Any, book: Any) -> Any:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        return xlrd.xldate_as_datetime(cell.value, book.datemode)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    return "" if cell.ctype == xlrd.XL_CELL_ERROR else cell.value


class _Counter:
    """Stops a workbook that has no end."""

    def __init__(self) -> None:
        self._cells = 0

    def counted(self, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """The rows that hold anything."""
        for row in rows:
            self._cells += len(row) + 1
            if self._cells > _MAX_CELLS:
                message = f"The spreadsheet has more than {_MAX_CELLS:,} cells. Split it."
                raise ParseError("parse_too_large", message)
            if any(value is not None and value != "" for value in row):
                yield row
