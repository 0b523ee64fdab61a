"""Where each sequence's state lies on the device, and what must change there before a step. Knows no tensor.

A sequence keeps its row from its first step to its last. All state is one vector of int32: a row has its length, how to
draw its tokens, its pages and its tokens; behind the rows lies what describes the step. A change is a place in the
vector and a value, so that any mixture of them travels as one buffer and is applied by one kernel (vLLM's model runner
V2 stages its block tables so).
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from dataclasses import dataclass
from enum import IntEnum

from inference.sequence import Chunk, Sequence


class Column(IntEnum):
    """Of a row. Floats are stored as their bits."""

    LENGTH = 0
    """Tokens the device knows of: sampled ones are appended there before the host has seen them."""
    TEMPERATURE = 1
    TOP_P = 2
    MIN_P = 3
    SEED_LOW = 4
    SEED_HIGH = 5
    TOP_K = 6
    PAGES = 7


@dataclass(frozen=True, slots=True)
class Layout:
    """Row 0 pads batches: no length, all pages the dummy page."""

    n_rows: int
    max_pages: int
    max_len: int
    n_step: int
    """Values that describe a step."""

    @property
    def history(self) -> int:
        """Column of the first token."""
        return Column.PAGES + self.max_pages

    @property
    def width(self) -> int:
        return self.history + self.max_len

    @property
    def step(self) -> int:
        """Place of the first value that describes the step."""
        return self.n_rows * self.width

    @property
    def size(self) -> int:
        return self.step + self.n_step


@dataclass(slots=True)
class Row:
    """What the device knows of a sequence, or will when the steps launched so far are done."""

    number: int
    epoch: int
    n_tokens: int = 0
    n_pages: int = 0
    length: int = 0
    last_step: int = 0


class RowBook:
    """Collects changes until `changes` is cleared by its reader. A row is taken from whoever was computed longest ago,
    once all that it had under way is known to the host; it gets everything anew when it comes back.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._free = list(range(layout.n_rows - 1, 0, -1))
        self._rows: OrderedDict[Sequence, Row] = OrderedDict()
        self.places: list[int] = []
        self.values: list[int] = []

    def bring(self, chunk: Chunk, step: int, known_step: int) -> Row:
        """The chunk's row, with tokens, pages and parameters for it. `known_step`: the last one whose outcome the host
        has."""
        sequence = chunk.sequence
        row = self._rows.get(sequence)
        if row is None or row.epoch != chunk.epoch:
            row = self._begin(sequence, chunk.epoch, known_step)
        self._rows.move_to_end(sequence)
        row.last_step = step
        end = chunk.start + chunk.n_tokens
        wanted = [*sequence.tokens[row.n_tokens : end], *chunk.drafts]
        self.write(row, self._layout.history + row.n_tokens, wanted)
        row.n_tokens = max(row.n_tokens, end)
        pages = sequence.table.pages
        self.write(row, Column.PAGES + row.n_pages, pages[row.n_pages :])
        row.n_pages = len(pages)
        return row

    def write(self, row: Row, column: int, values: list[int]) -> None:
        begin = row.number * self._layout.width + column
        self.places += range(begin, begin + len(values))
        self.values += values

    def describe(self, values: list[int]) -> None:
        """Write what describes the step."""
        self.places += range(self._layout.step, self._layout.step + len(values))
        self.values += values

    def _begin(self, sequence: Sequence, epoch: int, known_step: int) -> Row:
        row = self._rows.pop(sequence, None)
        number = row.number if row is not None else self._number(known_step)
        self._rows[sequence] = row = Row(number, epoch)
        params = sequence.params
        floats = struct.unpack("<3i", struct.pack("<3f", params.temperature, params.top_p, params.min_p))
        seed = struct.unpack("<2i", struct.pack("<Q", sequence.seed & (2**64 - 1)))
        self.write(row, Column.TEMPERATURE, [*floats, *seed, params.top_k])
        return row

    def _number(self, known_step: int) -> int:
        if self._free:
            return self._free.pop()
        for sequence, row in self._rows.items():
            if row.last_step <= known_step:
                del self._rows[sequence]
                return row.number
        raise RuntimeError(f"all {self._layout.n_rows - 1} rows of the device are in steps under way")
