"""Gathers the small pieces streaming nodes emit, so that a token is not an event.

The first piece of a node wakes the driver at once; after that, pieces wait for one another a few hundredths of a
second. Knows pieces and time; knows nothing of events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from workflows.frames import Cell

Output = Literal["text", "reasoning"]


class DeltaBuffer:
    """Pieces not yet written down, by node. Used from one event loop."""

    def __init__(self, wake: asyncio.Event, gather_s: float) -> None:
        self._wake = wake
        self._gather_s = gather_s
        self._pieces: dict[Cell, list[tuple[Output, str]]] = {}
        self._seen: set[Cell] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._due = False

    def writer(self, node: Cell) -> Callable[[str, str], None]:
        """A function through which a node's attempt emits."""
        self._seen.discard(node)

        def write(output: str, text: str) -> None:
            self._pieces.setdefault(node, []).append(("reasoning" if output == "reasoning" else "text", text))
            if node not in self._seen:
                self._seen.add(node)
                self._ring()
            elif self._timer is None and not self._due:
                self._timer = asyncio.get_running_loop().call_later(self._gather_s, self._ring)

        return write

    def _ring(self) -> None:
        self._due = True
        self._timer = None
        self._wake.set()

    def due(self) -> bool:
        """Whether waiting pieces should be written down now."""
        return self._due

    def take(self, node: Cell | None) -> list[tuple[Cell, Output, str]]:
        """The pieces of one node, or of all for None, with neighbours of the same output joined."""
        if node is None:
            self._due = False
            pieces, self._pieces = self._pieces, {}
        else:
            pieces = {node: self._pieces.pop(node)} if node in self._pieces else {}
        return [(cell, output, text) for cell, parts in pieces.items() for output, text in _joined(parts)]

    def close(self) -> None:
        """Forget the timer."""
        if self._timer is not None:
            self._timer.cancel()


def _joined(parts: list[tuple[Output, str]]) -> list[tuple[Output, str]]:
    joined: list[tuple[Output, list[str]]] = []
    for output, text in parts:
        if joined and joined[-1][0] == output:
            joined[-1][1].append(text)
        else:
            joined.append((output, [text]))
    return [(output, "".join(texts)) for output, texts in joined]
