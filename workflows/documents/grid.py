"""Tables as people draw them: titles above, headers of one or two rows, gaps between tables on one sheet.

Reads rows one after the other and looks only a few ahead, so that a sheet of any length passes through. Knows cells as
texts; knows no format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice, pairwise, takewhile, zip_longest
from typing import Any

from workflows.documents.blocks import Draft

_AHEAD = 12
_MAX_HEADER_CELL = 120
# Numbers, shares, amounts, dates and times: what stands below a header and hardly ever in one.
_VALUE = re.compile(
    r"[+\-(]?\s*(?:[$€£¥￥]|[A-Z]{3}\s)?\s*\d[\d\s.,:/\-T+]*\s*(?:[%‰)]|[$€£¥￥元]|[A-Z]{3})?\s*\)?(?:\s*[AaPp][Mm])?"
)
_YEAR = re.compile(r"(?:19|20)\d\d(?:年|\.0)?")

Row = tuple[int, Sequence[Any]]
ToTexts = Callable[[Sequence[Any]], list[str]]


def add_sheet(draft: Draft, rows: Iterable[Row], texts: ToTexts, first: int = 1, last: int = 2**31) -> None:
    """Numbered rows (empty ones may be missing) as tables with the text between them; only `first` to `last` are
    added, but their header may stand above. `texts` makes a row's cells readable, and is asked only where need be."""
    near = takewhile(lambda row: row[0] <= last + _AHEAD, rows)
    ahead = _Ahead((number, cells) for number, cells in near if any(cell not in ("", None) for cell in cells))
    headers: tuple[str, ...] = ()
    while ahead.next is not None and ahead.next[0] <= last:
        headers = _add_region(draft, _region(ahead), texts, headers, range(first, last + 1))


class _Ahead:
    """Rows with a look at the next one."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = iter(rows)
        self.next = next(self._rows, None)

    def take(self) -> Row:
        assert self.next is not None
        row, self.next = self.next, next(self._rows, None)
        return row


def _region(rows: _Ahead) -> Iterator[Row]:
    """The rows up to the next gap."""
    while rows.next is not None:
        number, cells = rows.take()
        yield number, cells
        if rows.next is not None and rows.next[0] > number + 1:
            return


def _add_region(
    draft: Draft, region: Iterator[Row], texts: ToTexts, headers: tuple[str, ...], wanted: range
) -> tuple[str, ...]:
    """Adds the region's rows and gives the header that is in force after it."""
    ahead = [(number, texts(cells)) for number, cells in islice(region, _AHEAD)]
    rest = ((number, texts(cells)) for number, cells in region if number in wanted)
    width = max(_filled(cells) for _, cells in ahead)
    while width > 1 and len(ahead) > 1 and _is_title(ahead[0][1]):
        number, cells = ahead.pop(0)  # a title, or a note above the table
        if number in wanted:
            draft.add(next(filter(None, cells)), "caption")
    if width == 1 and not headers:
        for number, cells in chain(ahead, rest):
            if number in wanted:
                draft.add(" ".join(filter(None, cells)))
        return headers
    depth = header_depth([cells for _, cells in ahead], has_header_above=bool(headers))
    if depth:
        headers = _joined([cells for _, cells in ahead[:depth]])
    elif headers and _columns(ahead) > len(headers):
        headers = ()
    for number, cells in chain(ahead[depth:], rest):
        if number in wanted:
            draft.add_row(headers, cells)
    return headers


def _is_title(cells: Sequence[str]) -> bool:
    """One text, in one cell or in one that was spread over many."""
    texts = {cell for cell in cells if cell}
    return len(texts) == 1 and (_filled(cells) == 1 or not is_value(next(iter(texts))))


def add_table(draft: Draft, rows: Iterable[Sequence[str]], page: int | None = None, marked: int = 0) -> None:
    """A table whose extent is known; `marked` says how many of its first rows it calls header itself."""
    filled = [list(row) for row in rows if any(row)]
    full_first = len(filled) > 1 and all(filled[0])
    depth = marked if 0 < marked < len(filled) else header_depth(filled) or int(full_first)
    headers = _joined(filled[:depth]) if depth else ()
    for cells in filled[depth:]:
        draft.add_row(headers, cells, page)


def header_depth(rows: Sequence[Sequence[str]], has_header_above: bool = False) -> int:
    """How many of the first rows name the columns: 0, 1, or 2 when the first groups the second."""
    if len(rows) < 2 or not _may_be_header(rows[0], rows[1:]):
        return 0
    if has_header_above and not _is_unlike(rows[0], rows[1:]):
        return 0  # more rows of the table above the gap
    groups = _has_repeats(rows[0]) and len(rows) > 2
    return 2 if groups and _may_be_header(rows[1], rows[2:]) and _is_unlike(rows[1], rows[2:]) else 1


def _may_be_header(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    texts = [cell for cell in row if cell]
    width = max(_filled(each) for each in below)
    if len(texts) < 2 or len(texts) < 0.5 * width or any(len(cell) > _MAX_HEADER_CELL for cell in texts):
        return False
    if any(cell.endswith((":", "：")) for cell in texts):
        return False  # labels of what stands beside them
    return all(map(_is_label, texts))


def _is_unlike(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Some column has a text here and values below."""
    for index, cell in enumerate(row):
        column = [each[index] for each in below if index < len(each) and each[index]]
        if cell and _is_label(cell) and column and sum(map(is_value, column)) > len(column) / 2:
            return True
    return False


def _is_label(cell: str) -> bool:
    """What may name a column: a text, or a year."""
    return not is_value(cell) or _YEAR.fullmatch(cell) is not None


def is_value(cell: str) -> bool:
    return len(cell) < 40 and _VALUE.fullmatch(cell) is not None


def _joined(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """One name for each column: what groups it, then its own."""
    columns = zip_longest(*rows, fillvalue="")
    return tuple(" / ".join(dict.fromkeys(filter(None, column))) for column in columns)


def _has_repeats(row: Sequence[str]) -> bool:
    """A cell over several columns was given once for each of them."""
    return any(left and left == right for left, right in pairwise(row))


def _columns(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    return max((index + 1 for _, cells in rows for index, cell in enumerate(cells) if cell), default=0)


def _filled(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell)
