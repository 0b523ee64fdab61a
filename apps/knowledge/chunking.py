"""Blocks to passages: whole sentences packed up to a size, never across a heading, each with its exact place.

Pure. Sizes are in units: a wide (CJK) character is two, any other one; so one budget is about 400 Chinese characters or
800 English ones, which also fits what small embedding models read. Passages do not overlap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from workflows.documents.blocks import Block

MAX_UNITS = 800
_CJK_END = "。！？；…"
_CLOSERS = re.escape("”’」』）】》\"')]")
# Where a sentence ends: after CJK stops (and what closes them), after Latin stops before a space, and at line ends.
_SENTENCE = re.compile(rf"[{_CJK_END}]+[{_CLOSERS}]*|[.!?]+[{_CLOSERS}]*(?=\s)|\n+")
_SENTENCE_ENDS = set(".!?:。！？；…：”’」』）)\"'")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|Mr|Mrs|Ms|Dr|Prof|St|No|Fig|Eq|pp|approx)|\b[A-Z])\.$")
_SOFT_BREAK = re.compile(r"[，、,;:：]\s*|\s+")


@dataclass(frozen=True, slots=True)
class Passage:
    """`text[start:end] == content`. `headings` is the path above it, outermost first."""

    content: str
    start: int
    end: int
    headings: list[str]
    page: int | None


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    units: int
    page: int | None
    is_heading: bool = False


@dataclass(slots=True)
class _Open:
    """The passage being packed."""

    headings: list[str] = field(default_factory=list)
    pieces: list[_Piece] = field(default_factory=list)
    units: int = 0

    def with_piece(self, piece: _Piece) -> int:
        """The size with `piece` and what lies between it and the piece before."""
        gap = piece.start - self.pieces[-1].end if self.pieces else 0
        return self.units + gap + piece.units

    def ends_page_before(self, piece: _Piece, text: str) -> bool:
        """Another page begins with `piece`, and not in the middle of a sentence: a passage should name one page."""
        last = self.pieces[-1]
        return piece.page != last.page and not last.is_heading and text[last.end - 1] in _SENTENCE_ENDS

    def add(self, piece: _Piece) -> None:
        self.units = self.with_piece(piece)
        self.pieces.append(piece)


def chunk(blocks: list[Block], max_units: int = MAX_UNITS) -> tuple[str, list[Passage]]:
    """The document's text, and its passages in order."""
    text, starts = _join(blocks)
    passages: list[Passage] = []
    path: list[tuple[int, str]] = []
    current = _Open()

    def close(headings: list[str]) -> None:
        nonlocal current
        if current.pieces:
            start, end = current.pieces[0].start, current.pieces[-1].end
            passages.append(Passage(text[start:end], start, end, current.headings, current.pieces[0].page))
        current = _Open(headings)

    for block, start in zip(blocks, starts, strict=True):
        if block.kind == "heading":
            path = [*(each for each in path if each[0] < block.level), (block.level, block.text)]
            headings = [title for _, title in path]
            # Headings that follow one another directly stay with the text they introduce.
            if any(not piece.is_heading for piece in current.pieces):
                close(headings)
            current.headings = headings
        for piece in _pieces(text, block, start, max_units):
            if current.pieces and (current.with_piece(piece) > max_units or current.ends_page_before(piece, text)):
                close(current.headings)
            current.add(piece)
    close([])
    return text, passages


def units(text: str) -> int:
    return len(text) + sum(1 for each in text if each >= "\u2e80")


def _join(blocks: list[Block]) -> tuple[str, list[int]]:
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    previous = ""
    for block in blocks:
        if parts:
            gap = "\n" if block.kind == previous == "row" else "\n\n"
            parts.append(gap)
            length += len(gap)
        starts.append(length)
        parts.append(block.text)
        length += len(block.text)
        previous = block.kind
    return "".join(parts), starts


def _pieces(text: str, block: Block, start: int, max_units: int) -> Iterator[_Piece]:
    """The block as units that are not cut unless they are longer than a whole passage."""
    end = start + len(block.text)
    heading = block.kind == "heading"
    whole = units(block.text)
    if whole <= max_units and block.kind != "text":
        yield _Piece(start, end, whole, block.page, heading)
        return
    spans = _lines(text, start, end) if block.kind == "code" else _sentences(text, start, end)
    for left, right in spans:
        for low, high in _cut(text, left, right, max_units):
            yield _Piece(low, high, units(text[low:high]), block.page, heading)


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    left = start
    for match in _SENTENCE.finditer(text, start, end):
        if match[0][0] in "." and _ABBREVIATION.search(text[max(left, match.end() - 10) : match.end()]):
            continue
        if text[left : match.end()].strip():
            yield _trimmed(text, left, match.end())
            left = match.end()
    if text[left:end].strip():
        yield _trimmed(text, left, end)


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    left = start
    while left < end:
        right = text.find("\n", left, end)
        right = end if right < 0 else right
        if text[left:right].strip():
            yield left, right
        left = right + 1


def _trimmed(text: str, left: int, right: int) -> tuple[int, int]:
    while left < right and text[left].isspace():
        left += 1
    while right > left and text[right - 1].isspace():
        right -= 1
    return left, right


def _cut(text: str, left: int, right: int, max_units: int) -> Iterator[tuple[int, int]]:
    """A sentence longer than a passage, cut at the last comma or space that fits, else where it must be."""
    while units(text[left:right]) > max_units:
        limit = _limit(text, left, right, max_units)
        breaks = [match.end() for match in _SOFT_BREAK.finditer(text, left, limit)]
        at = breaks[-1] if breaks and breaks[-1] > left + (limit - left) // 2 else limit
        yield _trimmed(text, left, at)
        left = at
    if text[left:right].strip():
        yield _trimmed(text, left, right)


def _limit(text: str, left: int, right: int, max_units: int) -> int:
    """The furthest end at which the piece from `left` still fits."""
    spent = 0
    for index in range(left, right):
        spent += 2 if text[index] >= "\u2e80" else 1
        if spent > max_units:
            return max(index, left + 1)
    return right
