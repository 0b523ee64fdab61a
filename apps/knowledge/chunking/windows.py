"""Chunks of a fixed size that overlap, each cut at a line end, comma or space near its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apps.knowledge.chunking.flow import flow
from apps.knowledge.chunking.shapes import Chunked
from apps.knowledge.chunking.sizes import last_break, reach, reach_back, trim
from workflows.documents.blocks import Block


def windows(blocks: Iterable[Block], size: int, overlap: int) -> Chunked:
    whole = flow(blocks)
    return Chunked(whole.text, [whole.draft("passage", *place) for place in _places(whole.text, size, overlap)])


def _places(text: str, size: int, overlap: int) -> Iterator[tuple[int, int]]:
    start, end = trim(text, 0, len(text))
    reached = start
    while start < end:
        limit = reach(text, start, end, size)
        if limit < end:
            # behind what the window before had, so that every one brings something new
            limit = last_break(text, max(reached + 1, start + (limit - start) // 2), limit)
        yield trim(text, start, limit)
        if limit == end:
            return
        reached = limit
        start, _ = trim(text, _word(text, reach_back(text, start + 1, limit, overlap), limit), end)


def _word(text: str, start: int, end: int) -> int:
    """Where the next word begins, when `start` lies within one; Chinese has no such places."""
    at = start
    while at < end and at > 0 and _in_word(text[at]) and _in_word(text[at - 1]):
        at += 1
    return start if at == end else at


def _in_word(char: str) -> bool:
    return char.isalnum() and char < "\u2e80"
