"""Text without marks: paragraphs, programs, subtitles. Long files are read in parts of whole paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workflows.documents.blocks import Draft, Kind
from workflows.documents.encoding import decode
from workflows.documents.parsed import Outline, Parsed

_BLANK = re.compile(r"\n[ \t\u3000]*\n+")
# A file above this is read in parts of about this many characters.
PART_CHARS = 1_000_000
# A line that ends a paragraph in text where nobody left blank lines.
_LINE_CHARS = 2000
_CODE_CHARS = 4000
_CUE = re.compile(r"^(?:\d+:)?\d+:\d+[.,]\d+\s*-->\s")
_TAG = re.compile(r"<[^>]*>")


def lines_of(data: bytes) -> str:
    return decode(data).replace("\r\n", "\n").replace("\r", "\n")


def outline_text(data: bytes) -> Outline:
    if len(data) <= PART_CHARS:
        return Outline("section", 1, ((1, 1),))
    count = sum(1 for _ in _sections(lines_of(data)))
    return Outline.of("section", count, 1)


def parse_text(data: bytes, first: int, last: int) -> Parsed:
    """Paragraphs are parted by blank lines; in a text without any, every line is one."""
    draft = Draft()
    for part in _wanted(data, first, last):
        for paragraph in _BLANK.split(part):
            if len(paragraph) > _LINE_CHARS and "\n" in paragraph:
                for line in paragraph.split("\n"):
                    draft.add(line)
            else:
                draft.add(paragraph)
    return Parsed(draft.blocks)


def parse_code(data: bytes, first: int = 1, last: int = 2**31) -> Parsed:
    """A program in pieces that end where nothing is indented: functions and classes stay whole where they are short."""
    draft = Draft()
    for part in _wanted(data, first, last):
        for piece in _pieces(part):
            draft.add(piece, "code")
    return Parsed(draft.blocks)


def parse_subtitles(data: bytes) -> Parsed:
    """What is said, without the times."""
    draft = Draft()
    for cue in _BLANK.split(lines_of(data)):
        lines = cue.strip().split("\n")
        start = next((i for i, line in enumerate(lines) if _CUE.match(line.strip())), None)
        if start is not None:
            draft.add(" ".join(" ".join(_TAG.sub("", line) for line in lines[start + 1 :]).split()))
    return Parsed(draft.blocks)


def add_long(draft: Draft, text: str, kind: Kind = "text", page: int | None = None) -> None:
    """A text that may hold paragraphs."""
    for paragraph in _BLANK.split(text):
        draft.add(paragraph, kind, page=page)


def _wanted(data: bytes, first: int, last: int) -> Iterator[str]:
    for number, section in enumerate(_sections(lines_of(data)), start=1):
        if first <= number <= last:
            yield section
        elif number > last:
            return


def _sections(text: str) -> Iterator[str]:
    """The text in stretches that end with a paragraph, else with a line, else where they must."""
    start = 0
    while len(text) - start > PART_CHARS:
        reach, half = start + PART_CHARS, start + PART_CHARS // 2
        cut = max(text.rfind("\n\n", half, reach) + 2, 0)
        if cut < half:
            cut = text.rfind("\n", half, reach) + 1
        cut = cut if cut > half else reach
        yield text[start:cut]
        start = cut
    yield text[start:]


def _pieces(text: str) -> Iterator[str]:
    piece: list[str] = []
    size = 0
    blank = False
    for line in text.split("\n"):
        fresh = blank and line[:1].strip() not in ("", "}", ")", "]")
        if piece and size > _CODE_CHARS // 2 and (fresh or size > _CODE_CHARS):
            yield "\n".join(piece)
            piece, size = [], 0
        piece.append(line)
        size += len(line) + 1
        blank = not line.strip()
    yield "\n".join(piece)
