"""A PDF page as lines of text, each with its place, the size of its letters, and the stretches it is made of."""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

# A gap this wide, measured in letter heights, parts two cells rather than two words.
_CELL_GAP = 1.2
_MAX_LINES = 20_000
# A word broken by a hyphen goes on in the next line without a line end between.
_BREAK = re.compile(r"[\r\n]+|(?<=[\ufffe\x02])(?![\r\n])")


@dataclass(frozen=True, slots=True)
class Line:
    """`x0 < x1` and `top > bottom` in points from the page's lower left corner; `cells` are stretches (x0, x1) that
    wide gaps part. `order` counts from 0 on the page, whose size is `width` by `height`; `start` is the place of its
    first character in the page's text."""

    text: str
    x0: float
    bottom: float
    x1: float
    top: float
    size: float
    cells: tuple[tuple[float, float], ...]
    order: int
    width: float
    height: float
    start: int = 0


def page_text(found: Any) -> str:
    """The page's text as it lies there. U+FFFE and U+0002 mark the hyphen of a word broken at the line's end."""
    text: str = found.get_text_range()
    text = re.sub(r"[\ufffe\x02]\r?\n", "", text)
    return re.sub(r"[\ufffe\x02]", "", text).replace("\r\n", "\n")


def lines_of(page: Any, found: Any) -> list[Line]:
    count = found.count_chars()
    if count <= 0:
        return []
    width, height = page.get_size()
    chars = _chars(found, count)
    lines: list[Line] = []
    start = 0
    for broken in [*_BREAK.finditer(chars), None]:
        end = broken.start() if broken else len(chars)
        if chars[start:end].strip() and len(lines) < _MAX_LINES:
            lines.append(_line(found, chars, start, end, len(lines), width, height))
        start = broken.end() if broken else end
    return lines


def _chars(found: Any, count: int) -> str:
    """One character for each of the page's, so that a place in the text is a place on the page."""
    text: str = found.get_text_range(0, count)
    if len(text) == count:
        return text
    return "".join(_char(pdfium.FPDFText_GetUnicode(found.raw, index)) for index in range(count))


def _char(code: int) -> str:
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "


def _line(found: Any, chars: str, start: int, end: int, order: int, width: float, height: float) -> Line:
    rects = _rects(found, start, end - start)
    middle = start + (end - start) // 2
    while middle > start and chars[middle].isspace():
        middle -= 1
    size = _size(found, middle)
    if not rects:
        return Line(chars[start:end], 0, 0, 0, 0, size, (), order, width, height, start)
    bottom, top = min(rect[1] for rect in rects), max(rect[3] for rect in rects)
    if top - bottom < size / 2:  # a font that is not there has letters without height
        bottom, top = bottom - 0.1 * size, bottom + 0.8 * size
    cells = _stretches(rects, _CELL_GAP * max(top - bottom, 1.0))
    right = max(x1 for _, x1 in cells)
    return Line(chars[start:end], cells[0][0], bottom, right, top, size, tuple(cells), order, width, height, start)


def _size(found: Any, index: int) -> float:
    """The size of a letter as drawn: a file may set size 1 and enlarge its coordinates."""
    matrix = pdfium.FS_MATRIX()
    size: float = pdfium.FPDFText_GetFontSize(found.raw, index)
    if pdfium.FPDFText_GetMatrix(found.raw, index, ctypes.byref(matrix)):
        size *= math.hypot(matrix.c, matrix.d) or 1.0
    return max(size, 0.1)


def cell_texts(found: Any, line: Line) -> list[str]:
    """The text of each of the line's stretches, letter by letter: a rectangle would catch those of other lines."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    texts = [""] * len(line.cells)
    current = 0
    for offset, char in enumerate(line.text):
        if not char.isspace() and pdfium.FPDFText_GetCharBox(
            found.raw,
            line.start + offset,
            ctypes.byref(left),
            ctypes.byref(right),
            ctypes.byref(bottom),
            ctypes.byref(top),
        ):
            middle = (left.value + right.value) / 2
            current = min(range(len(texts)), key=lambda index: _distance(line.cells[index], middle))
        texts[current] += char
    return [" ".join(text.split()) for text in texts]


def _distance(stretch: tuple[float, float], x: float) -> float:
    return max(stretch[0] - x, x - stretch[1], 0.0)


def _rects(found: Any, start: int, count: int) -> list[tuple[float, float, float, float]]:
    """Where the characters lie, as few rectangles (x0, bottom, x1, top)."""
    return [_rect(found, index) for index in range(pdfium.FPDFText_CountRects(found.raw, start, count))]


def _rect(found: Any, index: int) -> tuple[float, float, float, float]:
    left, top, right, bottom = (ctypes.c_double() for _ in range(4))
    pdfium.FPDFText_GetRect(found.raw, index, *map(ctypes.byref, (left, top, right, bottom)))
    return left.value, bottom.value, right.value, top.value


def _stretches(rects: list[tuple[float, float, float, float]], gap: float) -> list[tuple[float, float]]:
    """From left to right, joined where no wide gap parts them."""
    found: list[tuple[float, float]] = []
    for x0, _, x1, _ in sorted(rects):
        if found and x0 - found[-1][1] < gap:
            found[-1] = (found[-1][0], max(found[-1][1], x1))
        else:
            found.append((x0, x1))
    return found
