"""Where a quote stands in a document, and whether passages cover it, wherever chunks were cut.

Compares without regard to white space, Markdown marks, case and width of characters. Pure; knows no tables.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence

# White space and what Markdown adds to a text.
_MARKS = re.compile(r"[\s#*_`|>\-\\]+")
# A quote is found when this much of it is covered: a mark at its end may belong to the next passage.
COVERED = 0.98
_MAX_OCCURRENCES = 20

Span = tuple[int, int]


class _Flat(dict[int, str]):
    """For `str.translate`: what becomes of each character, worked out when it first comes."""

    def __missing__(self, code: int) -> str:
        flat = _MARKS.sub("", unicodedata.normalize("NFKC", chr(code)).casefold())
        self[code] = flat
        return flat


_FLAT = _Flat()


def flatten(text: str) -> str:
    return text.translate(_FLAT)


class Source:
    """A document's text made flat, with the way from its offsets to those of the flat text."""

    def __init__(self, text: str) -> None:
        self.flat = flatten(text)
        # for each flat character the offset of the one it was made from
        self._origins = array("I")
        for offset, character in enumerate(text):
            for _ in _FLAT[ord(character)]:
                self._origins.append(offset)

    def occurrences(self, quote: str) -> list[Span]:
        """Where the quote stands, in the flat text; at most the first few of many."""
        flat = flatten(quote)
        found: list[Span] = []
        at = self.flat.find(flat) if flat else -1
        while at >= 0 and len(found) < _MAX_OCCURRENCES:
            found.append((at, at + len(flat)))
            at = self.flat.find(flat, at + 1)
        return found

    def span(self, start: int, end: int) -> Span:
        """The flat span of the text's characters from `start` to before `end`."""
        return bisect_left(self._origins, start), bisect_left(self._origins, end)


def overlap(spans: Iterable[Span], wanted: Span) -> int:
    """How many places of `wanted` the spans cover together."""
    covered, reached = 0, wanted[0]
    for low, high in sorted(spans):
        low, high = max(low, reached), min(high, wanted[1])
        if high > low:
            covered += high - low
            reached = high
    return covered


def covers(spans: Sequence[Span], wanted: Span) -> bool:
    return overlap(spans, wanted) >= COVERED * (wanted[1] - wanted[0])


def belongs(span: Span, wanted: Span) -> bool:
    """A passage that has a good part of the quote, or lies mostly in it, belongs to it though it does not cover it."""
    common = overlap([span], wanted)
    return common > 0 and common >= min((wanted[1] - wanted[0]) / 4, (span[1] - span[0]) / 2)
