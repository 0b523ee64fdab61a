"""Where sentences end, in Chinese and in languages of the Latin script; and where lines do.

Knows text and places in it; knows nothing of sizes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.knowledge.chunking.sizes import trim

_CJK_STOPS = "。！？；…｡"
_CLOSERS = re.escape("”’」』）】》〉\"')]*_")
# After CJK stops (and what closes them), after Latin stops before a space, and at line ends.
_END = re.compile(rf"[{_CJK_STOPS}]+[{_CLOSERS}]*|[.!?]+[{_CLOSERS}]*(?=\s|[\u4e00-\u9fff])|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|Mr|Mrs|Ms|Dr|Prof|St|No|Nos|Fig|Figs|Eq|Sec|Vol|pp|approx|Inc|Ltd|Co|Jr|Sr)|\b[A-Z])\.$"
)
_NUMBER = re.compile(r"(?:^|\n)\s*\(?\d{1,3}\.$")
_GOES_ON = re.compile(r"[a-z]")
_LONG_LINE = 40
# What a whole sentence, a caption or an introduction ends with.
_LAST = set(".!?:。！？；…：｡”’」』）】》)\"'")


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Every sentence and every line that stands for itself, without the white space around it."""
    left = start
    for match in _END.finditer(text, start, end):
        if _is_end(text, left, match) and text[left : match.end()].strip():
            yield trim(text, left, match.end())
            left = match.end()
    if text[left:end].strip():
        yield trim(text, left, end)


def lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Every line that is not blank, with its indentation."""
    left = start
    while left < end:
        right = text.find("\n", left, end)
        right = end if right < 0 else right
        if text[left:right].strip():
            yield left, right
        left = right + 1


def ends_sentence(text: str) -> bool:
    return text[-1:] in _LAST


def _is_end(text: str, left: int, match: re.Match[str]) -> bool:
    found = match[0]
    if found == "\n":
        # a line that was wrapped in the middle of a sentence
        wrapped = match.start() - text.rfind("\n", left, match.start()) > _LONG_LINE
        return not (wrapped and _GOES_ON.match(text, match.end()) and not ends_sentence(text[left : match.start()]))
    if found[0] != ".":
        return True
    before = text[max(left, match.end() - 12) : match.end()]
    return not (_ABBREVIATION.search(before) or (match.end() - left < 12 and _NUMBER.search(text[left : match.end()])))
