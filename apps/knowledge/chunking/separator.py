"""Dify's chunker: a cut at every separator, and what is too long cut on by smaller and smaller ones.

Pieces between separators stay apart, however short they are. A piece that is too long is taken apart at the first of
the smaller separators that it holds, and the parts are joined again as far as they fit, with overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from apps.knowledge.chunking.flow import flow
from apps.knowledge.chunking.shapes import Chunked
from apps.knowledge.chunking.sizes import QUARTER_TOKENS, measure, reach, trim
from apps.knowledge.processing import Cut
from workflows.documents.blocks import Block

_SMALLER = ("\n\n", "\n", "。", ". ", " ", "")

Place = tuple[int, int]


def separator(blocks: Iterable[Block], rule: Cut) -> Chunked:
    whole = flow(blocks)
    found = places(whole.text, 0, len(whole.text), rule)
    return Chunked(whole.text, [whole.draft("passage", *place) for place in found])


def places(text: str, start: int, end: int, rule: Cut) -> Iterator[Place]:
    """Where the chunks between `start` and `end` stand, without the white space around them."""
    for left, right in _split(text, start, end, rule.separator):
        for place in _smaller(text, left, right, rule, _SMALLER):
            low, high = trim(text, *place)
            if low < high:
                yield low, high


def _smaller(text: str, start: int, end: int, rule: Cut, separators: Sequence[str]) -> Iterator[Place]:
    if _size(text, start, end) <= rule.max_tokens * QUARTER_TOKENS:
        yield start, end
        return
    rank = next(index for index, each in enumerate(separators) if text.find(each, start, end) >= 0)
    if not separators[rank]:
        yield from _characters(text, start, end, rule)
        return
    parts: list[Place] = []
    for left, right in _split(text, start, end, separators[rank]):
        if _size(text, left, right) <= rule.max_tokens * QUARTER_TOKENS:
            parts.append((left, right))
        else:
            yield from _joined(text, parts, rule)
            parts = []
            yield from _smaller(text, left, right, rule, separators[rank + 1 :])
    yield from _joined(text, parts, rule)


def _joined(text: str, parts: Sequence[Place], rule: Cut) -> Iterator[Place]:
    """Neighbouring parts together, as far as they fit; each begins with the last parts before it that are overlap."""
    first, size = 0, 0.0
    sizes = [_size(text, *part) for part in parts]
    for index in range(len(parts)):
        if size + sizes[index] > rule.max_tokens * QUARTER_TOKENS:
            yield parts[first][0], parts[index - 1][1]
            while first < index and (
                size > rule.overlap_tokens * QUARTER_TOKENS or size + sizes[index] > rule.max_tokens * QUARTER_TOKENS
            ):
                size -= sizes[first]
                first += 1
        size += sizes[index]
    if parts:
        yield parts[first][0], parts[-1][1]


def _characters(text: str, start: int, end: int, rule: Cut) -> Iterator[Place]:
    while start < end:
        limit = reach(text, start, end, rule.max_tokens * QUARTER_TOKENS, QUARTER_TOKENS)
        yield start, limit
        start = limit


def _split(text: str, start: int, end: int, mark: str) -> Iterator[Place]:
    """The pieces between the marks, each with the mark behind it."""
    while start < end:
        at = text.find(mark, start, end)
        stop = end if at < 0 else at + len(mark)
        yield start, stop
        start = stop


def _size(text: str, start: int, end: int) -> float:
    return measure(text[start:end].strip(), QUARTER_TOKENS)
