"""The default chunker: whole sentences, rows and lines, packed up to a size and never across a heading.

Headings that follow one another stay with the text they introduce; a line that announces a list or a table goes with
it. A chunk begins anew with a page, so that it names one, unless a sentence runs across. A table's rows stand under
their header, which every chunk with rows of it repeats; where header and row do not fit together, the row names each of
its cells instead. Code is cut between lines. A small remainder is evened out with the chunk before it. Chunks do not
overlap.

Why 1,000 units, of sizes tried on development sets: with BM25, a question's whole answer lies within the first 4,000
characters (English) or 1,500 (Chinese) of the found chunks in .846/.864/.886/.841/.873 of cases for 800, 900, 1,000,
1,200 and 1,400 English characters, and in .984/.982/.976/.980/.972 for 300, 360, 400, 440 and 500 Chinese ones. These
intervals are over 2.5 points wide, so they only say that no size near is clearly better; earlier ones of 2,000 and
4,000 English characters lost 3 and 7 points. Abstracts are found by their best chunk as well as when nearly all are one
chunk (nDCG@10 .863 and .863, with vectors). A full English chunk has 190 to 220 tokens on average: up to 5 % of all
go beyond the window of all-MiniLM-L6-v2 (256). Of full Chinese ones most do; that model reads no Chinese anyway.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from apps.knowledge.chunking.flow import Path, boxes_of, gap, page_of
from apps.knowledge.chunking.sentences import ends_sentence, lines, sentences
from apps.knowledge.chunking.shapes import Chunked, Draft, Kind
from apps.knowledge.chunking.sizes import cut, measure
from workflows.documents.blocks import Block

_SEPARATOR = " | "
# A remainder up to this share of the full chunk before it is evened out with that one.
_SMALL = 0.5


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is not cut any further. `gap` is what stands before it; `header` the line its table repeats."""

    text: str
    units: float
    gap: str
    block: Block
    header: str = ""


@dataclass(slots=True)
class _Open:
    """The chunk being packed."""

    pieces: list[_Piece] = field(default_factory=list)
    units: float = 0.0

    def with_piece(self, piece: _Piece) -> float:
        return self.units + len(piece.gap) * bool(self.pieces) + piece.units + self._header(piece)

    def add(self, piece: _Piece) -> None:
        self.units = self.with_piece(piece)
        self.pieces.append(piece)

    def has_body(self) -> bool:
        return any(piece.block.kind != "heading" for piece in self.pieces)

    def ends_page_before(self, piece: _Piece) -> bool:
        last = self.pieces[-1]
        turns = None is not last.block.page != piece.block.page is not None
        return turns and last.block.kind != "heading" and ends_sentence(last.text)

    def give_back(self, piece: _Piece) -> list[_Piece]:
        """What announces `piece` at the end of this chunk and would be cut off from it."""
        last = self.pieces[-1]
        announces = piece.block.kind in ("list", "row", "code") and last.block.kind == "text" and last.text[-1] in ":："
        if not announces or not any(each.block.kind != "heading" for each in self.pieces[:-1]):
            return []
        self.pieces.pop()
        return [last]

    def _header(self, piece: _Piece) -> float:
        if not piece.header or (self.pieces and self.pieces[-1].header == piece.header):
            return 0
        return measure(piece.header) + 1


@dataclass(slots=True)
class _Manuscript:
    """The text as it is written, with the chunks that were closed."""

    kind: Kind
    parts: list[str] = field(default_factory=list)
    length: int = 0
    chunks: list[Draft] = field(default_factory=list)

    def write_all(self, chunks: Iterable[_Open], headings: list[str]) -> None:
        for each in chunks:
            if each.pieces:
                self._write(each.pieces, headings)

    def _write(self, pieces: Sequence[_Piece], headings: list[str]) -> None:
        content: list[str] = []
        header = ""
        for index, piece in enumerate(pieces):
            if index:
                content.append(piece.gap)
            if piece.header and piece.header != header:
                content += (piece.header, "\n")
            header = piece.header
            content.append(piece.text)
        text = "".join(content)
        before = pieces[0].gap
        start = self.length + len(before)
        self.parts += (before, text)
        self.length = start + len(text)
        blocks = _blocks(pieces)
        self.chunks.append(Draft(self.kind, text, start, self.length, headings, page_of(blocks), boxes_of(blocks)))


def structure(blocks: Iterable[Block], size: int, *, kind: Kind = "passage", tables: bool = True) -> Chunked:
    """`tables` False lets every row name its cells, for chunks that are cut again."""
    manuscript, path, current = _Manuscript(kind), Path(), _Open()
    # what was full before `current`, while nothing but size parted the two
    full = _Open()
    headings: list[str] = []
    for piece in _pieces(blocks, size, tables):
        opens = piece.block.kind == "heading" and current.has_body()
        carried: list[_Piece] = []
        if opens or (current.pieces and current.ends_page_before(piece)):
            manuscript.write_all(_evened(full, current, size), headings)
            full, current = _Open(), _Open()
        elif current.pieces and current.with_piece(piece) > size:
            carried = current.give_back(piece)
            manuscript.write_all([full], headings)
            full, current = current, _Open()
        if piece.block.kind == "heading":
            headings = path.enter(piece.block)
        for each in (*carried, piece):
            current.add(each)
    manuscript.write_all(_evened(full, current, size), headings)
    return Chunked("".join(manuscript.parts), manuscript.chunks)


def _evened(full: _Open, rest: _Open, size: int) -> list[_Open]:
    """Instead of a full chunk and a small remainder, two of about the same size."""
    if rest.units > full.units * _SMALL:
        return [full, rest]
    pieces = [*full.pieces, *rest.pieces]
    first = _Open()
    while first.units < (full.units + rest.units) / 2 and pieces:
        first.add(pieces.pop(0))
    second = _Open()
    for piece in pieces:
        second.add(piece)
    return [first, second] if first.units <= size and 0 < second.units <= size else [full, rest]


def _pieces(blocks: Iterable[Block], size: int, tables: bool) -> Iterator[_Piece]:
    previous: Block | None = None
    rest = ""
    for block in blocks:
        before = rest + gap(previous, block)
        if block.kind == "row" and tables and (header := _header(block, size)):
            row, rest = _SEPARATOR.join(block.cells), ""
            yield _Piece(row, measure(row), before, block, header)
        else:
            rest = yield from _cut(block, size, before)
        previous = block


def _header(block: Block, size: int) -> str:
    """The line that names the columns, where there is one and it leaves room enough for the row."""
    if not any(block.headers):
        return ""
    header = _SEPARATOR.join(block.headers)
    return header if measure(header) + 1 + measure(_SEPARATOR.join(block.cells)) <= size else ""


def _cut(block: Block, size: int, before: str) -> Generator[_Piece, None, str]:
    """The block's pieces; returns the white space that is left behind the last one."""
    text = block.text
    whole = measure(text)
    if block.kind != "text" and whole <= size:
        yield _Piece(text, whole, before, block)
        return ""
    found = (lines if block.kind == "code" else sentences)(text, 0, len(text))
    end = 0
    for left, right in found:
        for start, stop in [(left, right)] if measure(text[left:right]) <= size else cut(text, left, right, size):
            yield _Piece(text[start:stop], measure(text[start:stop]), before + text[end:start], block)
            before, end = "", stop
    return before + text[end:]


def _blocks(pieces: Sequence[_Piece]) -> list[Block]:
    """The blocks that pieces are of, each once."""
    found: list[Block] = []
    for piece in pieces:
        if not found or found[-1] is not piece.block:
            found.append(piece.block)
    return found
