"""The answer of a run as it should be, beside what was already sent of it, and what is to be sent next.

Knows text only. Adding to an answer costs what is added, however long the answer is; only taking something back that
was sent already costs the whole.
"""

from __future__ import annotations

from io import StringIO
from typing import NamedTuple

Speaker = tuple[str, str]
"""An answer node's id, and its frame."""


class Said(NamedTuple):
    """What to send: additions in order, each with whose text it is; or the whole answer anew."""

    additions: list[tuple[Speaker, str]]
    replacement: str | None = None


class _Text:
    """A text that grows and is cut at its end."""

    __slots__ = ("_buffer", "length")

    def __init__(self) -> None:
        self._buffer = StringIO(newline="")
        self.length = 0

    def add(self, text: str) -> None:
        self._buffer.seek(self.length)
        self._buffer.write(text)
        self.length += len(text)

    def cut(self, at: int) -> None:
        if at < self.length:
            self._buffer.truncate(at)
            self.length = at

    def read(self, begin: int, end: int) -> str:
        self._buffer.seek(begin)
        return self._buffer.read(end - begin)


class Emitter:
    """Compares the answer as it is composed with what was sent, and says what to send."""

    __slots__ = ("_agreed", "_composed", "_sent", "_turns")

    def __init__(self) -> None:
        self._composed = _Text()
        self._turns: list[tuple[int, Speaker]] = []
        """Where in what is composed another speaker begins."""
        self._sent = _Text()
        self._agreed = 0
        """So many characters in the beginning are known to be the same in both."""

    @property
    def length(self) -> int:
        """How long the answer is so far."""
        return self._composed.length

    @property
    def sent(self) -> str:
        """What was sent of it so far, or is being sent now."""
        return self._sent.read(0, self._sent.length)

    def add(self, text: str, speaker: Speaker) -> None:
        """Compose more."""
        if text and (not self._turns or self._turns[-1][1] != speaker):
            self._turns.append((self._composed.length, speaker))
        self._composed.add(text)

    def cut(self, at: int) -> None:
        """Take back what was composed from there on."""
        self._composed.cut(at)
        while self._turns and self._turns[-1][0] >= at:
            self._turns.pop()
        self._agreed = min(self._agreed, at)

    def was_sent(self, text: str) -> None:
        """Begin with what an earlier drive has sent."""
        self._sent.cut(0)
        self._sent.add(text)
        self._agreed = 0

    def settle(self, *, final: bool = False) -> Said | None:
        """What to send now; None for nothing. Before `final`, a text that may still catch up waits."""
        composed, sent = self._composed, self._sent
        if self._agreed == composed.length == sent.length:
            return None
        common = min(composed.length, sent.length)
        if self._agreed < common:
            if composed.read(self._agreed, common) != sent.read(self._agreed, common):
                return self._replace()
            self._agreed = common
        if composed.length > common:
            additions = self._additions(common)
            for _, text in additions:
                sent.add(text)
            self._agreed = sent.length
            return Said(additions)
        return self._replace() if final and sent.length > common else None

    def _additions(self, start: int) -> list[tuple[Speaker, str]]:
        """What is composed from `start` on, by speaker."""
        found: list[tuple[Speaker, str]] = []
        end = self._composed.length
        for at, speaker in reversed(self._turns):
            found.append((speaker, self._composed.read(max(at, start), end)))
            if at <= start:
                break
            end = at
        found.reverse()
        return found

    def _replace(self) -> Said:
        whole = self._composed.read(0, self._composed.length)
        self.was_sent(whole)
        self._agreed = len(whole)
        return Said([], whole)
