"""Where a passage stands in its file. Our offsets count the parsed text, in which headings have no marks and tables no
rules; the scorer counts the file.

Letters and digits are compared alone, so that marks, white space and what a parser makes of them do not matter.
"""

from __future__ import annotations

import re

_BESIDE = re.compile(r"[\W_]+")


class Source:
    """A file's text and the places of its letters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._places = [index for index, char in enumerate(text) if not _BESIDE.match(char)]
        self._letters = "".join(text[index] for index in self._places)

    def find(self, passage: str, near: float) -> tuple[int, int] | None:
        """Start and end; of several places the one nearest to `near`, a share of the file. A repeated header, which
        does not stand there, is left out."""
        lines = passage.split("\n")
        for first in range(min(3, len(lines))):
            rest = "\n".join(lines[first:])
            letters = _BESIDE.sub("", rest)
            at = self._nearest(letters, near) if letters else None
            if at is not None:
                return self._with_marks(rest, self._places[at], self._places[at + len(letters) - 1] + 1)
        return None

    def _nearest(self, letters: str, near: float) -> int | None:
        expected = near * len(self._letters)
        found: list[int] = []
        at = self._letters.find(letters)
        while at >= 0:
            found.append(at)
            at = self._letters.find(letters, at + 1)
        return min(found, key=lambda place: abs(place - expected), default=None)

    def _with_marks(self, passage: str, start: int, end: int) -> tuple[int, int]:
        """Together with the stops and quotes around it, as far as both have them."""
        before = re.match(r"[\W_]*", passage)
        for char in reversed(before[0] if before else ""):
            if start == 0 or self.text[start - 1] != char:
                break
            start -= 1
        after = re.search(r"[\W_]*\Z", passage)
        for char in after[0] if after else "":
            if end == len(self.text) or self.text[end] != char:
                break
            end += 1
        return start, end
