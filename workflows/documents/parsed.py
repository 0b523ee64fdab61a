"""What reading a file gives: how it can be divided, and what a part of it holds. Plain data, to and from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from workflows.documents import blocks
from workflows.documents.blocks import Block

Unit = Literal["page", "row", "section", "whole"]


@dataclass(frozen=True, slots=True)
class Caution:
    """What could not be read though the rest was."""

    code: str
    message: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """A file has `count` of its `unit`, numbered from 1. `parts` cover them in order, both ends included, each small
    enough to be read in bounded memory."""

    unit: Unit
    count: int
    parts: tuple[tuple[int, int], ...]

    @classmethod
    def whole(cls) -> Outline:
        """A file that is read in one go."""
        return cls("whole", 1, ((1, 1),))

    @classmethod
    def of(cls, unit: Unit, count: int, size: int) -> Outline:
        """Parts of `size` units; a short rest joins the last of them."""
        if count <= size + size // 4:
            return cls(unit, count, ((1, count),) if count else ())
        starts = list(range(1, count + 1, size))
        if count - starts[-1] + 1 <= size // 4:
            starts.pop()
        ends = [start - 1 for start in starts[1:]] + [count]
        return cls(unit, count, tuple(zip(starts, ends, strict=True)))


@dataclass(slots=True)
class Parsed:
    """`title` and `language` are what the file says of itself, else "". `meta` has its other facts: author, created."""

    blocks: list[Block] = field(default_factory=list)
    warnings: list[Caution] = field(default_factory=list)
    title: str = ""
    language: str = ""
    meta: dict[str, str] = field(default_factory=dict)


def dump_outline(outline: Outline) -> dict[str, Any]:
    return {"unit": outline.unit, "count": outline.count, "parts": outline.parts}


def load_outline(row: Mapping[str, Any]) -> Outline:
    return Outline(row["unit"], int(row["count"]), tuple((int(first), int(last)) for first, last in row["parts"]))


def dump_parsed(parsed: Parsed) -> dict[str, Any]:
    return {
        "blocks": blocks.dump(parsed.blocks),
        "warnings": [asdict(each) for each in parsed.warnings],
        "title": parsed.title,
        "language": parsed.language,
        "meta": parsed.meta,
    }


def load_parsed(row: Mapping[str, Any]) -> Parsed:
    warnings = [Caution(each["code"], each["message"], each["page"]) for each in row["warnings"]]
    return Parsed(blocks.load(row["blocks"]), warnings, row["title"], row["language"], row["meta"])
