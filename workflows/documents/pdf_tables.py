"""Tables on a PDF page: those drawn with rules, and those set in columns without any."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pypdfium2.raw as pdfium

from workflows.documents.pdf_lines import Line, cell_texts

_MAX_PATHS = 4000
_NEAR = 2.5
_THIN = 2.5
_MAX_CELLS = 20_000
_FEW_COLUMNS, _SHORT_CELL = 2, 30


@dataclass(frozen=True, slots=True)
class TableRow:
    """Its cells, and where it stands on the page."""

    cells: list[str]
    bottom: float
    top: float


@dataclass(frozen=True, slots=True)
class Table:
    """`orders` are the lines that are inside it, and not to be read again."""

    rows: list[TableRow]
    orders: frozenset[int]
    x0: float
    x1: float


def tables_of(page: Any, found: Any, lines: list[Line]) -> list[Table]:
    """In reading order; no line is in two of them."""
    if len(lines) < 2:
        return []
    tables = _ruled(page, found, lines)
    taken = {order for table in tables for order in table.orders}
    tables += _set_in_columns(found, [line for line in lines if line.order not in taken])
    return sorted(tables, key=lambda table: min(table.orders))


def _ruled(page: Any, found: Any, lines: list[Line]) -> list[Table]:
    tables = []
    for across, down in _grids(*_rules(page)):
        xs, ys = _places(x for x, _, _ in down), _places((y for y, _, _ in across), downwards=True)
        if len(xs) < 3 or len(ys) < 3 or len(xs) * len(ys) > _MAX_CELLS:
            continue
        inside = frozenset(line.order for line in lines if _is_within(line, xs[0], ys[-1], xs[-1], ys[0]))
        if not inside:
            continue
        rows = []
        for top, bottom in pairwise(ys):
            cells, left = [], xs[0]
            for x in xs[1:]:
                if x == xs[-1] or any(
                    abs(at - x) < _NEAR and low < (top + bottom) / 2 < high for at, low, high in down
                ):
                    cells.append(_bounded(found, left, bottom, x, top))
                    left = x
                else:
                    cells.append("")  # the cell goes on over this rule
            if any(cells):
                rows.append(TableRow(_spread(cells), bottom, top))
        if len(rows) > 1:
            tables.append(Table(rows, inside, xs[0], xs[-1]))
    return tables


def _spread(cells: list[str]) -> list[str]:
    """A cell over several columns was read in its last one: its text belongs to the first."""
    for index in range(len(cells) - 1, 0, -1):
        if not cells[index - 1] and cells[index]:
            cells[index - 1], cells[index] = cells[index], ""
        elif cells[index - 1]:
            continue
    return cells


def _rules(page: Any) -> tuple[list[tuple[float, float, float]], list[tuple[float, float, float]]]:
    """Rules across (y, from, to) and down (x, from, to): thin paths, and the edges of boxes."""
    across: list[tuple[float, float, float]] = []
    down: list[tuple[float, float, float]] = []
    for count, path in enumerate(page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_PATH,), max_depth=3)):
        if count >= _MAX_PATHS:
            return [], []  # a drawing
        x0, bottom, x1, top = path.get_bounds()
        if top - bottom < _THIN and x1 - x0 > 8:
            across.append(((top + bottom) / 2, x0, x1))
        elif x1 - x0 < _THIN and top - bottom > 4:
            down.append(((x0 + x1) / 2, bottom, top))
        elif x1 - x0 > 8 and top - bottom > 4 and pdfium.FPDFPath_CountSegments(path.raw) <= 6:
            across += [(bottom, x0, x1), (top, x0, x1)]
            down += [(x0, bottom, top), (x1, bottom, top)]
    return across, down


def _grids(across: list[Any], down: list[Any]) -> Iterable[tuple[list[Any], list[Any]]]:
    """Rules that cross or touch, together."""
    groups: list[tuple[list[Any], list[Any]]] = []
    for y, left, right in sorted(across, reverse=True):
        touching = [
            rule
            for rule in down
            if left - _NEAR <= rule[0] <= right + _NEAR and rule[1] - _NEAR <= y <= rule[2] + _NEAR
        ]
        if not touching:
            continue
        known = set(touching)
        joined = [group for group in groups if known.intersection(group[1])]
        groups = [group for group in groups if group not in joined]
        rules = [rule for group in joined for rule in group[0]]
        groups.append(([*rules, (y, left, right)], list(known.union(*(group[1] for group in joined)))))
    return groups


def _places(values: Iterable[float], downwards: bool = False) -> list[float]:
    """Different places in order; those that nearly coincide are one."""
    found: list[float] = []
    for value in sorted(values, reverse=downwards):
        if not found or abs(value - found[-1]) > _NEAR:
            found.append(value)
    return found


def _is_within(line: Line, x0: float, bottom: float, x1: float, top: float) -> bool:
    x, y = (line.x0 + line.x1) / 2, (line.bottom + line.top) / 2
    return x0 <= x <= x1 and bottom <= y <= top


def _bounded(found: Any, x0: float, bottom: float, x1: float, top: float) -> str:
    return " ".join(found.get_text_bounded(x0, bottom, x1, top).split())


def _set_in_columns(found: Any, lines: list[Line]) -> list[Table]:
    """Lines below each other whose stretches stand in the same columns; a line alone between two rows goes with the
    row above it."""
    tables: list[Table] = []
    run: list[Line] = []
    notes: dict[int, Line] = {}  # order of the row above -> the line alone
    for line, after in zip([*lines, None], [*lines[1:], None, None], strict=True):
        if line is not None and len(line.cells) > 1 and (not run or _goes_on(run, line)):
            run.append(line)
        elif line is not None and len(line.cells) == 1 and len(run) > 1 and after is not None and _goes_on(run, after):
            notes[run[-1].order] = line
        else:
            if table := _table_of(found, run, notes):
                tables.append(table)
            run, notes = ([line] if line is not None and len(line.cells) > 1 else []), {}
    return tables


def _goes_on(run: list[Line], line: Line) -> bool:
    last = run[-1]
    near = 0 < last.bottom - line.bottom < 3.5 * max(last.top - last.bottom, 1)
    return near and len(line.cells) == len(run[0].cells) and _assigned(run[0].cells, line.cells) is not None


def _assigned(columns: Sequence[tuple[float, float]], cells: Sequence[tuple[float, float]]) -> list[int] | None:
    """Which column each cell stands in; None where two want the same one."""
    places = []
    for x0, x1 in cells:
        overlaps = [min(x1, right) - max(x0, left) for left, right in columns]
        best = max(range(len(columns)), key=lambda index: overlaps[index])
        near = min(range(len(columns)), key=lambda index: abs(columns[index][0] - x0))
        places.append(best if overlaps[best] > 0 else near)
    return places if len(set(places)) == len(places) else None


def _table_of(found: Any, run: list[Line], notes: dict[int, Line]) -> Table | None:
    if len(run) < 2:
        return None
    columns = len(run[0].cells)
    rows = [cell_texts(found, line) for line in run]
    cells = [cell for row in rows for cell in row]
    if columns <= _FEW_COLUMNS and (len(run) < 3 or sum(map(len, cells)) / len(cells) > _SHORT_CELL):
        return None  # text in two columns, or a pair of lines
    if not all(cells):
        return None
    for line, row in zip(run, rows, strict=True):
        if note := notes.get(line.order):
            at = max(index for index, (left, _) in enumerate(line.cells) if left <= note.x0 + 1 or index == 0)
            row[at] = f"{row[at]} {note.text.strip()}"
    orders = frozenset(line.order for line in [*run, *notes.values()])
    x0, x1 = min(line.x0 for line in run), max(line.x1 for line in run)
    placed = [TableRow(row, line.bottom, line.top) for row, line in zip(rows, run, strict=True)]
    return Table(placed, orders, x0, x1)
