"""The rows' state as a tensor on the device: how it is changed, drawn by and advanced there. Knows no plan.

Tokens join their rows, and rows end, without the host: a step that follows finds both done.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from inference import kernels
from inference.device.rows import Draw, Field, Layout
from inference.kernels.drawing import DrawRows
from inference.kernels.reference.advance import FULL, RUNNING


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is known of all rows of a step that draw on the device."""

    greedy: bool
    filtered: bool


class DeviceState:
    """Everything here is computed in the order in which it is called. rows: (n,) int64, numbers of rows, 0 for those
    that pad the batch."""

    def __init__(self, layout: Layout, device: torch.device) -> None:
        self._layout = layout
        self._flat = torch.zeros(layout.size, dtype=torch.int32, device=device)
        self.lengths = self._field(Field.LENGTH)[:, 0]
        self.pages = self._field(Field.PAGES)
        self.tokens = self._field(Field.TOKENS)
        self.step = self._flat[layout.step :]
        self._ended = self._field(Field.STATE)[:, 0]
        self._ended[0] = FULL
        self._limits = self._field(Field.LIMIT)[:, 0]
        self._stops = self._field(Field.STOPS)
        self._draw = self._field(Field.DRAW)
        self._least = torch.zeros_like(self.lengths)
        self.said = torch.zeros(layout.n_step, dtype=torch.int32, device=device)
        """What the last step sampled; -1 for rows that said nothing."""

    @torch.inference_mode()
    def apply(self, changes: Tensor) -> None:
        """changes: (2 * n,) int32, n places of the flat state, then their values."""
        places, values = changes.view(2, -1)
        self._flat[places.long()] = values

    @torch.inference_mode()
    def keep(self, target: Tensor) -> None:
        """Copy what the last step sampled: the next one will overwrite it. target: (n,) int32, as many as there are."""
        target.copy_(self.said[: len(target)])

    def live(self, rows: Tensor) -> Tensor:
        """(n,) int32: 1 for rows that have not ended."""
        return (self._ended[rows] == RUNNING).int()

    def draw_rows(self, rows: Tensor, positions: Tensor, filtered: bool) -> DrawRows:
        """How the tokens at `positions`, (n,) int64, are drawn."""
        told = self._draw[rows]
        numbers = torch.ones(len(rows), 6, dtype=torch.float32, device=told.device)
        numbers[:, :3] = told[:, Draw.TEMPERATURE : Draw.SEED_LOW].contiguous().view(torch.float32)
        numbers[:, 4:] = 0.0
        seed = (told[:, Draw.SEED_LOW].long() & 0xFFFFFFFF) | (told[:, Draw.SEED_HIGH].long() << 32)
        nothing = torch.full_like(seed, -1)
        integers = torch.stack([seed, positions, told[:, Draw.TOP_K].long(), nothing], dim=1)
        return DrawRows(numbers=numbers, integers=integers, filtered=filtered)

    def draw(self, logits: Tensor, rows: Tensor, positions: Tensor, drawing: Drawing) -> Tensor:
        """positions: (n,) int64, of the tokens that are wanted. Returns (n,) int64."""
        if drawing.greedy:
            return logits.argmax(-1)
        return kernels.sample_rows(logits, self.draw_rows(rows, positions, drawing.filtered))

    def advance(self, rows: Tensor, tokens: Tensor, n_new: Tensor) -> None:
        """Append to each row its first `n_new` tokens, up to one that ends it. No row occurs twice but row 0, which
        gets none.

        tokens: (n, most), n_new: (n,) int32. Every row of the device takes part, those not named with nothing: that
        costs less than gathering histories.
        """
        fresh = tokens.new_zeros(self._layout.n_rows, tokens.shape[1], dtype=torch.int32)
        fresh[rows] = tokens.int()
        many = torch.zeros_like(self.lengths)
        many[rows] = n_new
        _, ended, _ = kernels.advance_rows(
            self.tokens, self.lengths, fresh, many, self._least, self._limits, self._stops, 0
        )
        # who got nothing is told to be running, whether or not it has ended before
        self._ended |= ended

    def _field(self, field: Field) -> Tensor:
        begin, end = self._layout.begins[field : field + 2]
        return self._flat[begin:end].view(self._layout.n_rows, -1)
