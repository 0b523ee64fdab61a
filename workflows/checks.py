"""Measuring an answer against what was expected: texts compared in ways that work for Chinese as well as for English.

Pure: knows texts and scores from 0 to 1; knows nothing of models or nodes.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

MAX_COMPARED = 200_000
_SPACE = re.compile(r"\s+")


def normalised(text: str, *, ignore_punctuation: bool = False) -> str:
    """The text without differences of case, width, accents' encoding and white space."""
    text = unicodedata.normalize("NFKC", text[:MAX_COMPARED]).casefold()
    if ignore_punctuation:
        text = "".join(" " if unicodedata.category(char).startswith("P") else char for char in text)
    return _SPACE.sub(" ", text).strip()


def similarity(answer: str, expected: str, size: int = 2) -> float:
    """F1 of the character n-grams of both texts: 1 for the same text, 0 for texts that share none.

    Characters rather than words, so that it needs no dictionary to cut Chinese with. Texts shorter than `size` are
    compared by shorter pieces.
    """
    answer, expected = normalised(answer), normalised(expected)
    if not answer or not expected:
        return float(answer == expected)
    size = max(1, min(size, len(answer), len(expected)))
    given, wanted = _pieces(answer, size), _pieces(expected, size)
    shared = sum((given & wanted).values())
    return 2 * shared / (given.total() + wanted.total())


def _pieces(text: str, size: int) -> Counter[str]:
    return Counter(text[at : at + size] for at in range(len(text) - size + 1))
