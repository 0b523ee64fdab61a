"""A document's blocks as one text, and what is known of each place in it: headings above, page, regions.

The chunkers that cut a text wherever their rule says use this one; a row reads `header: cell | …`, so that it can be
cut away from its table.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from apps.knowledge.chunking.shapes import Draft, Kind, PageBox
from workflows.documents.blocks import Block

_MAX_BOXES = 60
# Blocks of these kinds stand on lines of their own, without a blank line between them.
_TIGHT = ("row", "list")


@dataclass(slots=True)
class Path:
    """The headings above the place that was reached."""

    _open: list[tuple[int, str]] = field(default_factory=list)

    def enter(self, block: Block) -> list[str]:
        self._open = [*(each for each in self._open if each[0] < block.level), (block.level, block.text)]
        return [title for _, title in self._open]


@dataclass(frozen=True, slots=True)
class Flow:
    """`starts[i]` is where `blocks[i]` begins in `text`; `paths[i]` the headings above it. A row is its text alone."""

    text: str
    blocks: Sequence[Block]
    starts: Sequence[int]
    paths: Sequence[list[str]]

    def draft(self, kind: Kind, start: int, end: int, *, parent_index: int | None = None) -> Draft:
        first = max(0, bisect_right(self.starts, start) - 1)
        last = bisect_right(self.starts, end - 1)
        blocks = self.blocks[first:last]
        return Draft(
            kind, self.text[start:end], start, end, self.paths[first], page_of(blocks), boxes_of(blocks),
            parent_index=parent_index,
        )  # fmt: skip


def flow(blocks: Iterable[Block]) -> Flow:
    path, headings = Path(), list[str]()
    kept: list[Block] = []
    parts: list[str] = []
    starts: list[int] = []
    paths: list[list[str]] = []
    length = 0
    previous: Block | None = None
    for block in blocks:
        headings = path.enter(block) if block.kind == "heading" else headings
        between = gap(previous, block)
        parts += (between, block.text)
        starts.append(length + len(between))
        length += len(between) + len(block.text)
        paths.append(headings)
        previous = block
        # of a long table the cells take more room than all the rest
        kept.append(replace(block, headers=(), cells=()) if block.cells else block)
    return Flow("".join(parts), kept, starts, paths)


def gap(previous: Block | None, block: Block) -> str:
    """What stands between two blocks."""
    if previous is None:
        return ""
    return "\n" if block.kind == previous.kind and block.kind in _TIGHT else "\n\n"


def page_of(blocks: Iterable[Block]) -> int | None:
    return next((block.page for block in blocks if block.page is not None), None)


def boxes_of(blocks: Iterable[Block]) -> list[PageBox]:
    """Where the blocks stand on their pages, bounded in number; rows that follow one another share one region."""
    found: list[PageBox] = []
    previous: Block | None = None
    for block in blocks:
        if block.box is not None and block.page is not None:
            x0, y0, x1, y1 = block.box
            box = PageBox(page=block.page, x0=x0, y0=y0, x1=x1, y1=y1)
            joined = block.kind == "row" and previous is not None and previous.kind == "row"
            if found and found[-1]["page"] == block.page and (joined or len(found) >= _MAX_BOXES):
                found[-1] = _around(found[-1], box)
            elif len(found) < _MAX_BOXES:
                found.append(box)
        previous = block
    return found


def _around(one: PageBox, other: PageBox) -> PageBox:
    return PageBox(
        page=one["page"],
        x0=min(one["x0"], other["x0"]),
        y0=min(one["y0"], other["y0"]),
        x1=max(one["x1"], other["x1"]),
        y1=max(one["y1"], other["y1"]),
    )
