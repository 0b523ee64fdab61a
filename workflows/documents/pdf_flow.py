"""Lines of PDF pages as blocks: paragraphs put together again, headings by the size of their letters. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from statistics import median

from workflows.documents.blocks import Box, Draft, Kind
from workflows.documents.grid import header_depth
from workflows.documents.pdf_lines import Line
from workflows.documents.pdf_tables import Table

_ENDS = tuple(".!?:;。！？：；…”\"')）】」』")
_DIGITS = re.compile(r"\d+")
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]")
_ITEM = re.compile(
    r"^\s*(?:[•●○◦▪■□◆▶‣∙·–—*-]\s+|\(?\d{1,2}[.)、]\s*(?=\D)|[（(][一二三四五六七八九十]{1,3}[)）]|\(?[a-z][.)]\s+)"
)
_HYPHENS = ("\ufffe", "\x02")
# Lines at a page's edge that are on this share of the pages are running heads and feet.
_REPEATED = 0.5
_NUMBER = re.compile(r"[-–—·\s]*(?:\d{1,4}|[ivxlc]{1,6})[-–—·\s]*")
_FEW_PAGES = 3
_MIN_PAGES = 3
_EDGE_LINES = 2
_MARGIN = 0.15
_LEVELS = ((1.8, 1), (1.4, 2), (1.12, 3))
_MAX_HEADING = 120
# A line this many usual distances below the one before begins a paragraph.
_PARAGRAPH = 1.35


def running_lines(pages: Mapping[int, list[Line]]) -> set[tuple[int, int]]:
    """(page, order) of running heads and feet: the same line, or one that differs by the page's number only, among
    the first or last two of most pages. A total that stands on every page is none: its figures follow no page."""
    if len(pages) < _MIN_PAGES:
        return set()
    found: dict[tuple[str, bool], list[tuple[int, Line]]] = defaultdict(list)
    for number, lines in pages.items():
        edge = _EDGE_LINES if len(lines) > 4 * _EDGE_LINES else int(len(lines) > 2)
        for place, line in enumerate(lines):
            is_head, is_foot = place < edge, place >= len(lines) - edge
            if is_head or is_foot:
                found[_DIGITS.sub("#", "".join(line.text.split())), is_head].append((number, line))
    many = max(_REPEATED * sum(1 for lines in pages.values() if lines), 1)
    return {(number, line.order) for lines in found.values() if _runs(lines, many) for number, line in lines}


def _is_in_margin(line: Line) -> bool:
    return line.bottom > (1 - _MARGIN) * line.height or line.top < _MARGIN * line.height


def _runs(lines: list[tuple[int, Line]], many: float) -> bool:
    """Every number in the line stays the same on all pages, or counts them, on a few pages at least; a line without
    such a count must be on many, and stand where heads and feet do."""
    on_pages = len({number for number, _ in lines})
    in_margin = all(_is_in_margin(line) for _, line in lines)
    if in_margin and all(_NUMBER.fullmatch(line.text) for _, line in lines):
        return True
    if on_pages < _FEW_PAGES and on_pages <= many:
        return False
    counts = False
    figures = [(number, [int(each[:18]) for each in _DIGITS.findall(line.text)]) for number, line in lines]
    for column in zip(*(values for _, values in figures), strict=False):
        offsets = {value - number for (number, _), value in zip(figures, column, strict=True)}
        halves = {value - number // 2 for (number, _), value in zip(figures, column, strict=True)}
        if len(set(column)) > 1:
            if len(offsets) > max(1, len(column) // 4) and len(halves) > 2:
                return False
            counts = True
    return (counts and on_pages >= _FEW_PAGES) or (on_pages > many and in_margin)


def body_size(lines: Iterable[Line]) -> float:
    """The size in which most of the text is set."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return max(sizes.most_common(1)[0][0], 1.0) if sizes else 1.0


class Flow:
    """Takes the pages in order; a paragraph ends with its page."""

    def __init__(self, draft: Draft, size: float, bookmarks: Mapping[tuple[int, str], int]) -> None:
        self._draft, self._size, self._bookmarks = draft, size, bookmarks
        self._open: list[Line] = []
        self._kind: Kind = "text"
        self._level = 0
        self._number = 0
        self._right = 0.0
        self._page_size, self._usual_pitch = (1.0, 1.0), 0.0
        self._headers: tuple[list[str], bool] = ([], False)  # of the last table, and whether it ended its page

    def page(self, number: int, lines: list[Line], tables: list[Table]) -> None:
        self._number = number
        self._page_size = (lines[0].width, lines[0].height) if lines else (1.0, 1.0)
        self._right = max((line.x1 for line in lines), default=0.0)
        pitches = [
            down for above, below in pairwise(lines) if 0 < (down := above.bottom - below.bottom) < 4 * below.size
        ]
        self._usual_pitch = median(pitches) if pitches else 0.0
        orders = {line.order for line in lines}
        waiting = [table for table in tables if not orders.isdisjoint(table.orders)]
        inside = {order for table in tables for order in table.orders}
        for line in lines:
            if waiting and line.order >= min(waiting[0].orders):
                self._close()
                self._table(waiting.pop(0))
            if line.order not in inside:
                self._line(line)
        self._close()
        last = max(lines, key=lambda line: line.order, default=None)
        ended_with_table = last is not None and last.order in inside
        self._headers = (self._headers[0], ended_with_table)

    def end(self) -> None:
        self._close()

    def _line(self, line: Line) -> None:
        kind, level = self._kind_of(line)
        if self._open and not self._goes_on(line, kind, level):
            self._close()
        if not self._open:
            self._kind, self._level = kind, level
        self._open.append(line)

    def _kind_of(self, line: Line) -> tuple[Kind, int]:
        text = line.text.strip()
        if level := self._bookmarks.get((self._number, "".join(text.split()))):
            return "heading", level
        if len(text) <= _MAX_HEADING and re.search(r"[^\W\d_]", text) and not text.endswith(("。", "，", ",", "；")):
            for ratio, level in _LEVELS:
                if line.size >= ratio * self._size:
                    return "heading", level
        return ("list", 0) if _ITEM.match(text) else ("text", 0)

    def _goes_on(self, line: Line, kind: Kind, level: int) -> bool:
        """The line continues the block: same letters, close below, and the line before ran to the margin."""
        last = self._open[-1]
        if kind == "list" or (kind == "heading") != (self._kind == "heading") or level != self._level:
            return False
        if abs(line.size - last.size) > 0.15 * max(line.size, last.size):
            return False
        if not 0 < last.bottom - line.bottom <= _PARAGRAPH * self._pitch(line):
            return False
        if kind == "heading":
            return len(self._open) < 3
        first = self._open[0]
        text = last.text.rstrip()
        width = max(self._right - first.x0, 1.0)
        is_short = last.x1 - first.x0 < 0.75 * width
        if is_short and (text.endswith(_ENDS) or last.x1 - first.x0 < 0.5 * width):
            return False
        indented = line.x0 > last.x0 + 1.2 * line.size and len(self._open) > 1
        return not (indented and text.endswith(_ENDS))

    def _pitch(self, line: Line) -> float:
        """How far below each other lines of this size stand on this page."""
        return min(max(self._usual_pitch, line.size), 2.2 * line.size)

    def _close(self) -> None:
        if not self._open:
            return
        text = ""
        for line in self._open:
            text = _join(text, line.text.strip())
        self._draft.add(text, self._kind, self._level, self._number, box_of(self._open))
        if self._kind != "heading":
            self._headers = ([], False)
        self._open = []

    def _table(self, table: Table) -> None:
        rows = [row.cells for row in table.rows]
        before, is_continued = self._headers
        if is_continued and before and len(rows[0]) == len(before) and (rows[0] == before or not header_depth(rows)):
            headers, skipped = before, int(rows[0] == before)
        else:
            skipped = min(header_depth(rows), 1)
            headers = rows[0] if skipped else []
        for row in table.rows[skipped:]:
            box = _share(table.x0, row.bottom, table.x1, row.top, self._page_size)
            self._draft.add_row(headers, row.cells, self._number, box)
        self._headers = (headers, False)


def box_of(lines: list[Line]) -> Box | None:
    """The share of the page that the lines take; None where their place is not known."""
    placed = [line for line in lines if line.cells]
    if not placed:
        return None
    edges = (
        min(line.x0 for line in placed), min(line.bottom for line in placed),
        max(line.x1 for line in placed), max(line.top for line in placed),
    )  # fmt: skip
    return _share(*edges, (placed[0].width, placed[0].height))


def _share(x0: float, bottom: float, x1: float, top: float, size: tuple[float, float]) -> Box:
    width, height = max(size[0], 1.0), max(size[1], 1.0)
    shares = (x0 / width, 1 - top / height, x1 / width, 1 - bottom / height)
    left, above, right, below = (round(min(max(share, 0.0), 1.0), 4) for share in shares)
    return left, above, right, below


def _join(left: str, right: str) -> str:
    if not left:
        return right.strip("".join(_HYPHENS))
    if left.endswith(_HYPHENS):
        return left[:-1] + right
    if _CJK.match(left[-1]) and _CJK.match(right[:1]):
        return left + right
    return f"{left} {right}"
