"""How long a text is, where what is too long may be cut, and how far a budget reaches.

A text is measured in units: a wide (CJK) character counts `wide`, any other one 1. With 2.5, the budget for 1,000
English characters is that for 400 Chinese ones, which say about as much; with 4, a unit is about a quarter of a token.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

WIDE = 2.5
QUARTER_TOKENS = 4.0

_FIRST_WIDE = "\u2e80"
_WIDE = re.compile("[\u2e80-\U0010ffff]")
# From the best to the least good place to cut.
_BREAKS = (re.compile(r"\n+"), re.compile(r"[，、；：]|[,;:|]\s+"), re.compile(r"\s+"))
_JOINER = "\u200d"


def measure(text: str, wide: float = WIDE) -> float:
    if text.isascii():
        return len(text)
    return len(text) + (wide - 1) * len(_WIDE.findall(text))


def reach(text: str, start: int, end: int, budget: float, wide: float = WIDE) -> int:
    """The furthest place up to `end` at which the text from `start` fits `budget`; at least one character on."""
    limit = min(end, start + int(budget))
    if text[start:limit].isascii():
        return limit if limit == end else _between_characters(text, start, limit)
    spent = 0.0
    for index in range(start, limit):
        spent += wide if text[index] >= _FIRST_WIDE else 1
        if spent > budget:
            return _between_characters(text, start, index)
    return limit if limit == end else _between_characters(text, start, limit)


def reach_back(text: str, start: int, end: int, budget: float, wide: float = WIDE) -> int:
    """The earliest place from `start` on at which the text up to `end` fits `budget`."""
    spent = 0.0
    for index in range(end - 1, start - 1, -1):
        spent += wide if text[index] >= _FIRST_WIDE else 1
        if spent > budget:
            return index + 1
    return start


def cut(text: str, start: int, end: int, budget: float) -> Iterator[tuple[int, int]]:
    """Trimmed pieces that fit `budget`: cut at the last line end, comma or space that fits, else where they must be."""
    while True:
        start, end = trim(text, start, end)
        if start == end:
            return
        limit = reach(text, start, end, budget)
        if limit == end:
            yield start, end
            return
        at = last_break(text, start + (limit - start) // 2, limit)
        yield trim(text, start, at)
        start = at


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the white space around it."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def last_break(text: str, earliest: int, limit: int) -> int:
    """The last place to cut between the two: after a line end, else a comma, else a space, else `limit`."""
    for pattern in _BREAKS:
        found = [match.end() for match in pattern.finditer(text, earliest, limit)]
        if found:
            return found[-1]
    return limit


def _between_characters(text: str, start: int, at: int) -> int:
    """Not before an accent, and not inside an emoji of several parts; unless nothing else is there."""
    for place in range(at, max(start, at - 16), -1):
        if not _joins(text[place]) and text[place - 1] != _JOINER:
            return place
    return max(at, start + 1)


def _joins(char: str) -> bool:
    return (
        char == _JOINER or char == "\ufe0f" or "\U0001f3fb" <= char <= "\U0001f3ff" or unicodedata.combining(char) > 0
    )
