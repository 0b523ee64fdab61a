"""Where each sequence's state lies on the device, and what must change there before a step. Knows no tensor.

A sequence keeps its row from its first step to its last. All state is one vector of int32, field after field, each with
a place for every row; behind them lies what describes the step. A change is a place in the vector and a value, so that
any mixture of them travels as one buffer and is applied by one kernel (vLLM's model runner V2 stages its block tables
so).
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from dataclasses import dataclass
from enum import IntEnum

from inference.kernels.reference.advance import RUNNING
from inference.sequence import Chunk, Sequence

N_STOPS = 8
"""Stop tokens the device compares with. A row with more runs on at the others until the host has seen them."""


class Field(IntEnum):
    """Of a row."""

    LENGTH = 0
    """Tokens the device knows of: sampled ones are appended there before the host has seen them."""
    STATE = 1
    """As `advance_rows` tells it: a row that has ended computes nothing more and writes to the dummy page."""
    LIMIT = 2
    """Tokens at which it ends."""
    STOPS = 3
    """Tokens it ends with, padded with -1."""
    DRAW = 4
    """How its tokens are drawn: `Draw`."""
    PAGES = 5
    TOKENS = 6


class Draw(IntEnum):
    """Columns of `Field.DRAW`. Floats are stored as their bits."""

    TEMPERATURE = 0
    TOP_P = 1
    MIN_P = 2
    SEED_LOW = 3
    SEED_HIGH = 4
    TOP_K = 5


@dataclass(frozen=True, slots=True)
class Layout:
    """Row 0 pads batches: no length, all pages the dummy page."""

    n_rows: int
    widths: tuple[int, ...]
    """Values of each field in a row."""
    begins: tuple[int, ...]
    """Place of each field's first value, and of the first that describes the step."""
    n_step: int
    """Values that describe a step."""

    @classmethod
    def of(cls, *, n_rows: int, max_pages: int, max_len: int, n_step: int) -> Layout:
        widths = (1, 1, 1, N_STOPS, len(Draw), max_pages, max_len)
        begins = [0]
        for width in widths:
            begins.append(begins[-1] + n_rows * width)
        return cls(n_rows, widths, tuple(begins), n_step)

    @property
    def step(self) -> int:
        return self.begins[-1]

    @property
    def size(self) -> int:
        return self.step + self.n_step


@dataclass(slots=True)
class Row:
    """What the device knows of a sequence, or will when the steps launched so far are done."""

    number: int
    epoch: int
    plain: bool
    """Seed and position are all that its next token depends on, and the model's own weights, by common kernels."""
    greedy: bool
    filtered: bool
    """Its draws leave tokens out."""
    n_tokens: int = 0
    n_pages: int = 0
    length: int | None = 0
    """None: how many of its drafts were right is not known yet."""
    last_step: int = 0


class RowBook:
    """Collects changes until `take` hands them over. A row is taken from whoever was computed longest ago, once all
    that it had under way is known to the host; it gets everything anew when it comes back.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._free = list(range(layout.n_rows - 1, 0, -1))
        self._rows: OrderedDict[Sequence, Row] = OrderedDict()
        self._places: list[int] = []
        self._values: list[int] = []

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
        if row.n_tokens < end or chunk.drafts:
            self.write(row, Field.TOKENS, [*sequence.tokens[row.n_tokens : end], *chunk.drafts], row.n_tokens)
            row.n_tokens = max(row.n_tokens, end)
        pages = sequence.table.pages
        if row.n_pages < len(pages):
            self.write(row, Field.PAGES, pages[row.n_pages :], row.n_pages)
            row.n_pages = len(pages)
        return row

    def write(self, row: Row, field: Field, values: list[int], column: int = 0) -> None:
        begin = self._layout.begins[field] + row.number * self._layout.widths[field] + column
        self._places += range(begin, begin + len(values))
        self._values += values

    def describe(self, values: list[int]) -> None:
        """Write what describes the step."""
        self._places += range(self._layout.step, self._layout.step + len(values))
        self._values += values

    def take(self) -> tuple[list[int], list[int]]:
        """Places and values of the changes since the last call."""
        changes = self._places, self._values
        self._places, self._values = [], []
        return changes

    def _begin(self, sequence: Sequence, epoch: int, known_step: int) -> Row:
        row = self._rows.pop(sequence, None)
        number = row.number if row is not None else self._number(known_step)
        params = sequence.params
        self._rows[sequence] = row = Row(
            number,
            epoch,
            plain=not (params.adapter or params.deterministic or sequence.needs_its_past),
            greedy=params.temperature == 0,
            filtered=params.temperature > 0 and bool(params.top_k or params.top_p < 1 or params.min_p),
        )
        floats = struct.unpack("<3i", struct.pack("<3f", params.temperature, params.top_p, params.min_p))
        seed = struct.unpack("<2i", struct.pack("<Q", sequence.seed & (2**64 - 1)))
        self.write(row, Field.DRAW, [*floats, *seed, params.top_k])
        stops = sorted(sequence.stop_ids)[:N_STOPS]
        self.write(row, Field.STOPS, [*stops, *[-1] * (N_STOPS - len(stops))])
        self.write(row, Field.LIMIT, [sequence.max_len])
        self.write(row, Field.STATE, [RUNNING])
        return row

    def _number(self, known_step: int) -> int:
        if self._free:
            return self._free.pop()
        for sequence, row in self._rows.items():
            if row.last_step <= known_step:
                del self._rows[sequence]
                return row.number
        raise RuntimeError(f"all {self._layout.n_rows - 1} rows of the device are in steps under way")
