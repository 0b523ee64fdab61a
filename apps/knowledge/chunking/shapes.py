"""What every chunker makes. Plain data; knows neither settings nor tables of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypedDict

Kind = Literal["passage", "parent", "child", "pair"]


class PageBox(TypedDict):
    """A region of a page, as shares of its size, from the upper left corner."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Draft:
    """A chunk before it is stored: `text[start:end] == content`, or both None where no text of the document is its own.

    `content` of a pair is its question. `headings` is the path above it, outermost first; `page` the one it begins on;
    `parent_index` a child's parent among the chunks made with it.
    """

    kind: Kind
    content: str
    start: int | None
    end: int | None
    headings: list[str]
    page: int | None
    boxes: list[PageBox] = field(default_factory=list)
    answer: str = ""
    parent_index: int | None = None
    keywords: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Chunked:
    """The document's text as its chunks count it, and the chunks in order."""

    text: str
    chunks: Sequence[Draft]
