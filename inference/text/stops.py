"""Ends a stream of text at a stop string, wherever its borders fall. Knows nothing of tokens or models."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from inference.request import Piece


class StopMatcher:
    """Holds back only as much text as could still become the beginning of a stop string."""

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = stops
        self._held = ""
        self.met: str | None = None
        """The stop string that ended it."""

    def push(self, text: str) -> tuple[str, bool]:
        """Add `text`.

        Returns what may be shown now, and whether a stop string was met: nothing after it is ever shown.
        """
        self._held += text
        found = [(at, stop) for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            at, self.met = min(found)
            shown, self._held = self._held[:at], ""
            return shown, True
        cut = len(self._held) - overlap(self._held, self._stops)
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown, False

    def flush(self) -> str:
        """What was held back, now that no more text comes."""
        shown, self._held = self._held, ""
        return shown


def overlap(text: str, markers: tuple[str, ...]) -> int:
    """Length of the longest end of `text` that begins one of `markers`."""
    longest = max((len(marker) for marker in markers), default=1) - 1
    for size in range(min(longest, len(text)), 0, -1):
        tail = text[-size:]
        if any(marker.startswith(tail) for marker in markers):
            return size
    return 0


async def until_stop(pieces: AsyncGenerator[Piece, None], stops: tuple[str, ...]) -> AsyncGenerator[Piece, None]:
    """Pass `pieces` on until one of `stops` appears in their text, then close the source and finish with "stop"."""
    matcher = StopMatcher(stops)
    async with aclosing(pieces):
        async for piece in pieces:
            text, stopped = matcher.push(piece.text)
            if stopped:
                yield Piece(text, piece.n_tokens, "stop", stop_reason=matcher.met)
                return
            if piece.finish_reason is not None:
                yield Piece(text + matcher.flush(), piece.n_tokens, piece.finish_reason)
                return
            yield Piece(text, piece.n_tokens)
