"""The rows' state as a tensor on the device, and the two kinds of step that read and advance it there.

A decoding step takes its tokens and positions from the state and leaves the next ones there, so that a batch which does
not change needs nothing from the host. Knows no plan and no order of work: `runner` calls it through a lane.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from inference.attention.base import AttentionBackend, Call, StepBatch
from inference.device.rows import Column, Layout
from inference.kernels import sample_rows
from inference.kernels.drawing import DrawRows
from inference.layers.lora import AdapterRows
from inference.models.decoder import Decoder
from inference.sampling import Row, sample
from inference.sequence import Scores


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is known of all rows of a step that draw on the device."""

    greedy: bool
    filtered: bool


@dataclass(frozen=True, slots=True)
class Mixed:
    """A step of chunks. Behind the rows lie, one after the other: the row and the position of every token, the row and
    the length of every chunk, and which tokens are followed by one that is sampled."""

    n_tokens: int
    n_chunks: int
    n_sampled: int
    max_pages: int
    calls: tuple[Call, ...]
    adapters: AdapterRows | None
    drawing: Drawing
    hosted: dict[int, Row]
    """By their number among the sampled: those whose next token depends on more than seed and position."""
    guessed: frozenset[int]
    """Of the sampled, those that follow drafts or are followed by them: which of them count is the host's to say."""


class DeviceState:
    """Owns the KV cache and the rows. Everything here is computed in the order in which it is called."""

    def __init__(
        self, decoder: Decoder, backend: AttentionBackend, cache: Tensor, layout: Layout, *, page_size: int
    ) -> None:
        self._decoder = decoder
        self._backend = backend
        self._cache = cache
        self._layout = layout
        self._page_size = page_size
        self.flat = torch.zeros(layout.size, dtype=torch.int32, device=cache.device)
        self._rows = self.flat[: layout.step].view(layout.n_rows, layout.width)
        self._step = self.flat[layout.step :]
        self._sampled = torch.zeros(layout.n_step, dtype=torch.int32, device=cache.device)

    @torch.inference_mode()
    def apply(self, changes: Tensor) -> None:
        """changes: (2 * n,) int32, n places of the flat state, then their values."""
        places, values = changes.view(2, -1)
        self.flat[places.long()] = values

    @torch.inference_mode()
    def decode(self, n_rows: int, drawing: Drawing) -> None:
        """One token for each of the rows that the step names; row 0 as often as pads the batch."""
        rows = self._step[:n_rows].long()
        lengths = self._rows[rows, Column.LENGTH]
        positions = (lengths.long() - 1).clamp(min=0)
        calls = (Call(slice(0, n_rows), slice(0, n_rows), 1, None),)
        held = self._rows[:, Column.PAGES : self._layout.history][rows]
        hidden = self._hidden(rows, positions, held, lengths, calls)
        tokens = self._draw(self._decoder.logits(hidden), rows, positions + 1, drawing)
        self._append(rows, lengths.long(), tokens)
        self._sampled[:n_rows] = tokens.int()

    @torch.inference_mode()
    def compute(self, step: Mixed, scores: dict[int, Scores]) -> None:
        """Chunks of prompts, drafts to check, and rows that are sampled for by the host's rules, in one forward pass.
        Fills `scores` for sampled tokens whose row asks for them."""
        sizes = [step.n_tokens, step.n_tokens, step.n_chunks, step.n_chunks, step.n_sampled]
        rows, positions, owners, lengths, at = torch.split(self._step[: sum(sizes)], sizes)
        held = self._rows[:, Column.PAGES : Column.PAGES + step.max_pages][owners.long()]
        hidden = self._hidden(rows.long(), positions.long(), held, lengths, step.calls, step.adapters)
        if step.n_sampled == 0:
            return
        logits = self._decoder.logits(hidden[at.long()])
        owner, after = rows.long()[at.long()], positions.long()[at.long()] + 1
        tokens = self._chosen(logits, owner, after, step, scores)
        grown = [number for number in range(step.n_sampled) if number not in step.guessed]
        self._append(owner[grown], after[grown], tokens[grown])
        self._sampled[: step.n_sampled] = tokens.int()

    @torch.inference_mode()
    def keep(self, target: Tensor) -> None:
        """Copy what the last step sampled: the next one will overwrite it. target: (n,) int32, as many as there are."""
        target.copy_(self._sampled[: len(target)])

    def _hidden(
        self,
        rows: Tensor,
        positions: Tensor,
        held: Tensor,
        lengths: Tensor,
        calls: tuple[Call, ...],
        adapters: AdapterRows | None = None,
    ) -> Tensor:
        batch = StepBatch(
            ids=self._rows[rows, self._layout.history + positions].long(),
            positions=positions,
            write_pages=self._rows[rows, Column.PAGES + positions // self._page_size].long(),
            write_offsets=positions % self._page_size,
            page_table=held,
            seq_lens=lengths,
            calls=calls,
            adapters=adapters,
        )
        hidden: Tensor = self._decoder(batch, self._cache, self._backend)
        return hidden

    def _chosen(
        self, logits: Tensor, rows: Tensor, positions: Tensor, step: Mixed, scores: dict[int, Scores]
    ) -> Tensor:
        tokens = torch.empty(len(logits), dtype=torch.int64, device=logits.device)
        own = [number for number in range(len(logits)) if number not in step.hosted]
        if own:
            tokens[own] = self._draw(logits[own], rows[own], positions[own], step.drawing)
        if step.hosted:
            hosted = list(step.hosted)
            said, told = sample(logits[hosted], list(step.hosted.values()))
            tokens[hosted] = torch.tensor(said, device=logits.device)
            scores.update({number: each for number, each in zip(hosted, told, strict=True) if each is not None})
        return tokens

    def _draw(self, logits: Tensor, rows: Tensor, positions: Tensor, drawing: Drawing) -> Tensor:
        """positions: (n,) int64, of the tokens that are wanted. Returns (n,) int64."""
        if drawing.greedy:
            return logits.argmax(-1)
        told = self._rows[:, : Column.PAGES][rows]
        numbers = torch.ones(len(rows), 6, dtype=torch.float32, device=logits.device)
        numbers[:, :3] = told[:, Column.TEMPERATURE : Column.SEED_LOW].contiguous().view(torch.float32)
        numbers[:, 4:] = 0.0
        seed = (told[:, Column.SEED_LOW].long() & 0xFFFFFFFF) | (told[:, Column.SEED_HIGH].long() << 32)
        nothing = torch.full_like(seed, -1)
        integers = torch.stack([seed, positions, told[:, Column.TOP_K].long(), nothing], dim=1)
        return sample_rows(logits, DrawRows(numbers=numbers, integers=integers, filtered=drawing.filtered))

    def _append(self, rows: Tensor, lengths: Tensor, tokens: Tensor) -> None:
        """lengths: (n,) int64, the rows' before. The row that pads has no length after it either."""
        self._rows[rows, self._layout.history + lengths] = tokens.int()
        self._rows[rows, Column.LENGTH] = (lengths + (rows > 0)).int()
