"""The kinds of steps that read the rows' state and advance it on the device. Knows no plan and no order of work.

A decoding step takes its tokens and positions from the state and leaves the next ones there, so that a batch which does
not change needs nothing from the host. All but `chosen` read nothing but the state and their own sizes: a lane may
record them once and play them again. Sizes are padded: rows with row 0, tokens with tokens of row 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from inference import kernels
from inference.attention.base import AttentionBackend, Beginning, Call, Shared, Span, StepBatch, calls
from inference.device.state import DeviceState, Drawing
from inference.layers.lora import AdapterRows
from inference.models.adapters import adapter_rows
from inference.models.decoder import Decoder
from inference.runner import copy_pages
from inference.sampling import Row, sample
from inference.sequence import Scores


@dataclass(frozen=True, slots=True)
class Together:
    """The first of a step's rows that decode: those in groups that begin with the same pages. Behind all else that
    describes such a step lie where each group begins among them, and the end; then how many pages each of them has in
    common with its group. Rows that pad belong to the last group."""

    n_rows: int = 0
    n_groups: int = 0
    most: int = 0
    """Rows of a group, at most."""


APART = Together()


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of a mixed step."""

    n_decode: int
    n_chunks: int
    n_tokens: int
    """Of all chunks."""
    together: Together = APART


@dataclass(frozen=True, slots=True)
class Odd:
    """A step of chunks that is computed as it is. Behind the rows lie, one after the other: the row and the position of
    every token, the row and the length of every chunk, and which tokens are followed by one that is sampled."""

    n_tokens: int
    n_sampled: int
    max_pages: int
    spans: tuple[Span, ...]
    """Of the chunks."""
    beginnings: tuple[Beginning, ...]
    """That chunks have in common, in their order."""
    adapters: tuple[str, ...]
    """Of each chunk, by name."""
    deterministic: bool
    """As `StepBatch.deterministic`."""
    drawing: Drawing
    hosted: dict[int, Row]
    """By their number among the sampled: those whose next token depends on more than seed and position."""
    guessed: frozenset[int]
    """Of the sampled, those that follow drafts or are followed by them: which of them count is the host's to say."""


class Steps:
    """Owns the KV cache."""

    def __init__(
        self, decoder: Decoder, backend: AttentionBackend, cache: Tensor, state: DeviceState, *, page_size: int
    ) -> None:
        self._decoder = decoder
        self._backend = backend
        self._cache = cache
        self._state = state
        self._page_size = page_size

    @torch.inference_mode()
    def copy(self, copies: tuple[tuple[int, int], ...]) -> None:
        """Copy pages, from and to."""
        copy_pages(self._cache, copies)

    @torch.inference_mode()
    def decode(self, n_rows: int, together: Together, drawing: Drawing) -> None:
        """One token for each of the rows that the step names."""
        state = self._state
        rows = state.step[:n_rows].long()
        live = state.live(rows)
        lengths = state.lengths[rows] * live
        positions = (lengths.long() - 1).clamp(min=0)
        served = self._decoding(n_rows, 1, together, n_rows)
        hidden = self._hidden(rows, positions, live, state.pages[rows], lengths, served)
        tokens = state.draw(self._decoder.logits(hidden), rows, positions + 1, drawing)
        self._say(rows, tokens[:, None], live)

    @torch.inference_mode()
    def verify(self, n_rows: int, n_new: int, together: Together, filtered: bool) -> None:
        """A token for each row, and more as far as its drafts are right. The step: the rows, then how many drafts each
        has, at most n_new - 1, which lie behind its tokens. A row has n_new tokens, drafts counted: where it has fewer
        drafts than others, tokens before them are computed again, and their keys and values thrown away."""
        state = self._state
        rows, n_drafts = state.step[: 2 * n_rows].view(2, n_rows).long()
        live = state.live(rows)
        lengths = (state.lengths[rows] * live)[:, None].long()
        within = torch.arange(n_new, device=rows.device)[None, :]
        seen = lengths + n_drafts[:, None] * live[:, None]
        positions = (seen - n_new + within).clamp(min=0)
        each = rows[:, None].expand(-1, n_new).flatten()
        fresh = (positions >= lengths - 1) & (live[:, None] > 0)
        served = self._decoding(n_rows, n_new, together, 2 * n_rows)
        held, context = state.pages[rows], seen[:, 0].int()
        hidden = self._hidden(each, positions.flatten(), fresh.flatten().int(), held, context, served)
        # the row's last token first, then its drafts, then the last of them again
        first = torch.arange(n_rows, device=rows.device)[:, None] * n_new
        asked = first + (n_new - 1 - n_drafts[:, None] + within).clamp(max=n_new - 1)
        drafts = state.tokens[rows[:, None], (lengths + within).clamp(max=state.tokens.shape[1] - 1)]
        drafts = drafts.masked_fill(within >= n_drafts[:, None], -1).long()
        tokens, counts = kernels.verify_draft(
            self._decoder.logits(hidden[asked.flatten()]),
            state.draw_rows(each, (lengths + within).flatten(), filtered),
            drafts.flatten(),
            torch.arange(0, len(each) + 1, n_new, dtype=torch.int32, device=rows.device),
        )
        self._say(rows, tokens.view(n_rows, n_new), counts * live)

    @torch.inference_mode()
    def mixed(self, sizes: Sizes, drawing: Drawing) -> None:
        """Rows that decode, and chunks of prompts. The step: the row of each, its length with the new tokens, and
        whether a token is wanted behind them; then where each chunk's tokens begin, and the end."""
        state, n_rows = self._state, sizes.n_decode + sizes.n_chunks
        parts = torch.split(state.step[: 3 * n_rows + sizes.n_chunks + 1], [n_rows, n_rows, n_rows, sizes.n_chunks + 1])
        rows, lengths, wanted, starts = parts[0].long(), *parts[1:]
        owner, position, real = self._places(sizes, lengths, starts)
        live = state.live(rows)
        decoding, chunks = slice(0, sizes.n_decode), slice(sizes.n_decode, n_rows)
        end = sizes.n_decode + sizes.n_tokens
        served = (
            *self._decoding(sizes.n_decode, 1, sizes.together, 3 * n_rows + len(starts)),
            Call(chunks, slice(sizes.n_decode, end), sizes.n_tokens, starts),
        )
        hidden = self._hidden(
            rows[owner],
            position,
            real * live[owner],
            state.pages[rows],
            lengths,
            served,
        )
        last = torch.cat((owner[decoding], sizes.n_decode + starts[1:].long() - 1)).clamp(min=0)
        tokens = state.draw(self._decoder.logits(hidden[last]), rows, lengths.long(), drawing)
        state.lengths[rows] = lengths
        self._say(rows, tokens[:, None], wanted * live)

    @torch.inference_mode()
    def compute(self, step: Odd, scores: dict[int, Scores]) -> None:
        """What the others cannot: drafts beside chunks, adapters, deterministic requests, and rows that are sampled for
        by the host's rules. Fills `scores` for sampled tokens whose row asks for them."""
        state = self._state
        n_chunks = len(step.spans)
        sizes = [step.n_tokens, step.n_tokens, n_chunks, n_chunks, step.n_sampled]
        rows, positions, owners, lengths, at = torch.split(state.step[: sum(sizes)], sizes)
        held = state.pages[owners.long(), : step.max_pages]
        live = state.live(rows.long())
        # here, for what is made elsewhere is not in the order of the lane's work
        served = calls(step.spans, rows.device, step.beginnings)
        n_new = [span.n_new for span in step.spans]
        adapters = adapter_rows(step.adapters, n_new, self._decoder.adapters, rows.device)
        hidden = self._hidden(rows.long(), positions.long(), live, held, lengths, served, adapters, step.deterministic)
        if step.n_sampled == 0:
            return
        logits = self._decoder.logits(hidden[at.long()])
        owner, after = rows.long()[at.long()], positions.long()[at.long()] + 1
        tokens = self._chosen(logits, owner, after, step, scores)
        state.said[: step.n_sampled] = tokens.int()
        grown = [number for number in range(step.n_sampled) if number not in step.guessed]
        state.lengths[owner[grown]] = after[grown].int()
        state.advance(owner[grown], tokens[grown][:, None], state.live(owner[grown]))

    def _decoding(self, n_rows: int, n_new: int, together: Together, at: int) -> tuple[Call, ...]:
        """How attention serves rows that decode, each by n_new tokens. at: where the step tells of groups."""
        n_together, n_tokens = together.n_rows, together.n_rows * n_new
        served: list[Call] = []
        if n_together:
            told = self._state.step[at : at + together.n_groups + 1 + n_together]
            groups, n_pages = torch.split(told, [together.n_groups + 1, n_together])
            starts = torch.arange(0, n_tokens + 1, n_new, dtype=torch.int32, device=told.device)
            shared = Shared(groups, n_pages, together.most * n_new)
            served.append(Call(slice(0, n_together), slice(0, n_tokens), n_new, starts, shared))
        if n_together < n_rows:
            served.append(Call(slice(n_together, n_rows), slice(n_tokens, n_rows * n_new), n_new, None))
        return tuple(served)

    def _places(self, sizes: Sizes, lengths: Tensor, starts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """For every token which of the step's rows it belongs to, its position there, and whether it is real, int32."""
        token = torch.arange(sizes.n_tokens, dtype=torch.int32, device=starts.device)
        chunk = torch.searchsorted(starts[1:], token, right=True).clamp(max=sizes.n_chunks - 1)
        real = token < starts[-1]
        place = ((lengths[sizes.n_decode :] - starts[1:])[chunk] + token) * real
        alone = torch.arange(sizes.n_decode, device=starts.device)
        return (
            torch.cat((alone, sizes.n_decode + chunk)),
            torch.cat(((lengths[: sizes.n_decode] - 1).clamp(min=0), place)).long(),
            torch.cat((torch.ones_like(alone), real)).int(),
        )

    def _hidden(
        self,
        rows: Tensor,
        positions: Tensor,
        real: Tensor,
        held: Tensor,
        lengths: Tensor,
        served: tuple[Call, ...],
        adapters: AdapterRows | None = None,
        deterministic: bool = False,
    ) -> Tensor:
        """real: (n_tokens,) int32, 0 where keys and values go to the dummy page."""
        batch = StepBatch(
            ids=self._state.tokens[rows, positions].long(),
            positions=positions,
            write_pages=(self._state.pages[rows, positions // self._page_size] * real).long(),
            write_offsets=positions % self._page_size,
            page_table=held,
            seq_lens=lengths,
            calls=served,
            adapters=adapters,
            deterministic=deterministic,
        )
        hidden: Tensor = self._decoder(batch, self._cache, self._backend)
        return hidden

    def _say(self, rows: Tensor, tokens: Tensor, n_new: Tensor) -> None:
        """tokens: (n, most), n_new: (n,) int32, how many of them count."""
        within = torch.arange(tokens.shape[1], device=rows.device)[None, :]
        said = tokens.int().masked_fill(within >= n_new[:, None], -1)
        self._state.said[: said.numel()] = said.flatten()
        self._state.advance(rows, tokens, n_new)

    def _chosen(self, logits: Tensor, rows: Tensor, positions: Tensor, step: Odd, scores: dict[int, Scores]) -> Tensor:
        tokens = torch.empty(len(logits), dtype=torch.int64, device=logits.device)
        own = [number for number in range(len(logits)) if number not in step.hosted]
        if own:
            tokens[own] = self._state.draw(logits[own], rows[own], positions[own], step.drawing)
        if step.hosted:
            hosted = list(step.hosted)
            said, told = sample(logits[hosted], list(step.hosted.values()))
            tokens[hosted] = torch.tensor(said, device=logits.device)
            scores.update({number: each for number, each in zip(hosted, told, strict=True) if each is not None})
        return tokens
