"""The sampler: one pass over the logits for a plain draw, two and a search for a filtered one.

Every program draws for its part of the vocabulary, the highest (score + noise) of all parts wins. Noise depends on
seed, position and token alone, so parts may be cut in any way. Philox is most of the arithmetic: a call serves four
tokens.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.drawing import DrawRows, Integer, Number
from inference.kernels.reference.philox import LANE, ROUNDS, TOKENS
from inference.kernels.triton.shared.launch import ceil_div, launch, power_of_two
from inference.kernels.triton.shared.noise import gumbel, words
from inference.kernels.triton.shared.thresholds import lowest_kept, survey

_COLUMNS = {"NUMBERS": len(Number), "INTEGERS": len(Integer)}


@triton.jit
def _edit(logits, numbers, starts, tokens, seen, bias, logits_row, NUMBERS: tl.constexpr, BLOCK: tl.constexpr):
    """Program (row): penalties and biases of its edits, in place."""
    row = tl.program_id(0)
    repetition = tl.load(numbers + row * NUMBERS + 3)
    presence = tl.load(numbers + row * NUMBERS + 4)
    frequency = tl.load(numbers + row * NUMBERS + 5)
    end = tl.load(starts + row + 1)
    for begin in range(tl.load(starts + row), end, BLOCK):
        at = begin + tl.arange(0, BLOCK)
        inside = at < end
        place = logits + row.to(tl.int64) * logits_row + tl.load(tokens + at, mask=inside, other=0)
        times = tl.load(seen + at, mask=inside, other=-1)
        held = tl.load(place, mask=inside, other=0.0).to(tl.float32)
        repeated = tl.where(held > 0, tl.div_rn(held, held * 0 + repetition), held * repetition)
        held = tl.where(times >= 0, repeated, held)
        held = held - frequency * tl.maximum(times, 0).to(tl.float32) - tl.where(times > 0, presence, 0.0)
        tl.store(place, held + tl.load(bias + at, mask=inside, other=0.0), mask=inside)


@triton.jit
def _mask(
    logits, integers, bitmask, logits_row, bitmask_row, INTEGERS: tl.constexpr, VOCAB: tl.constexpr, BLOCK: tl.constexpr
):
    """Program (row, block of tokens): what the row's grammar does not allow becomes -inf, in place."""
    row = tl.program_id(0)
    number = tl.load(integers + row * INTEGERS + 3)
    if number < 0:
        return
    at = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = at < VOCAB
    word = tl.load(bitmask + number * bitmask_row + at // 32, mask=inside, other=-1)
    refused = inside & (((word >> (at % 32)) & 1) == 0)
    never = tl.full((BLOCK,), float("-inf"), tl.float32)
    tl.store(logits + row.to(tl.int64) * logits_row + at, never, mask=refused)


@triton.jit
def _draw(
    logits,
    numbers,
    integers,
    least,
    best,
    token,
    logits_row,
    NUMBERS: tl.constexpr,
    INTEGERS: tl.constexpr,
    VOCAB: tl.constexpr,
    GROUPS: tl.constexpr,
    LANE: tl.constexpr,
    ROUNDS: tl.constexpr,
    STREAM: tl.constexpr,
):
    """Program (row, split): the best token of GROUPS * 4 * LANE, and its score. Equal scores: the lowest token."""
    row = tl.program_id(0)
    split = tl.program_id(1)
    temperature = tl.load(numbers + row * NUMBERS)
    seed = tl.load(integers + row * INTEGERS)
    position = tl.load(integers + row * INTEGERS + 1).to(tl.int32)
    divisor = tl.where(temperature == 0.0, 1.0, temperature)
    loud = tl.where(temperature == 0.0, 0.0, 1.0)
    within = tl.arange(0, LANE)
    highest = tl.full((LANE,), float("-inf"), tl.float32)
    chosen = tl.zeros((LANE,), tl.int32)
    for group in range(split * GROUPS, tl.minimum(split * GROUPS + GROUPS, tl.cdiv(VOCAB, 4 * LANE))):
        drawn = words(seed, group * LANE + within, position, STREAM, ROUNDS)
        for lane in tl.static_range(4):
            at = group * (4 * LANE) + lane * LANE + within
            held = tl.load(logits + row.to(tl.int64) * logits_row + at, mask=at < VOCAB, other=float("-inf"))
            held = held.to(tl.float32)
            score = held / divisor + loud * gumbel(drawn[lane])
            if least is not None:
                score = tl.where(held >= tl.load(least + row), score, float("-inf"))
            better = score > highest
            highest = tl.where(better, score, highest)
            chosen = tl.where(better, at, chosen)
    top = tl.max(highest, axis=0)
    slot = row * tl.num_programs(1) + split
    tl.store(best + slot, top)
    tl.store(token + slot, tl.min(tl.where(highest == top, chosen, VOCAB), axis=0))


@triton.jit
def _pick(best, token, out, SPLITS: tl.constexpr):
    """Program (row): the best of its splits."""
    row = tl.program_id(0)
    at = row * SPLITS + tl.arange(0, SPLITS)
    scores = tl.load(best + at)
    tokens = tl.load(token + at)
    top = tl.max(scores, axis=0)
    tl.store(out + row, tl.min(tl.where(scores == top, tokens, 0x7FFFFFFF), axis=0).to(tl.int64))


def sample_rows(logits: Tensor, rows: DrawRows, *, programs: int = 528, num_warps: int = 4) -> Tensor:
    """As `reference.sample_rows`, logits' last dimension contiguous. Scores differ from the twin's by rounding, so a
    draw differs where two tokens are that close.

    programs: over how many to spread the logits, 4 for each of 132 processors.
    """
    n_rows, vocab = logits.shape
    _prepare(logits, rows)
    groups = ceil_div(vocab, 4 * LANE)
    splits = power_of_two(max(1, min(ceil_div(programs, max(1, n_rows)), groups)))
    each = {"VOCAB": vocab, "GROUPS": ceil_div(groups, splits), "LANE": LANE}
    least = None
    if rows.filtered:
        tops, masses = (torch.empty((n_rows, splits), dtype=torch.float32, device=logits.device) for _ in range(2))
        surveyed = (logits, rows.numbers, tops, masses, logits.stride(0))
        launch(survey, (n_rows, splits), *surveyed, NUMBERS=len(Number), **each, num_warps=num_warps)
        least = lowest_kept(logits, rows, tops, masses)
    best = torch.empty((n_rows, splits), dtype=torch.float32, device=logits.device)
    token = torch.empty((n_rows, splits), dtype=torch.int32, device=logits.device)
    out = torch.empty((n_rows,), dtype=torch.int64, device=logits.device)
    given = (logits, rows.numbers, rows.integers, least, best, token, logits.stride(0))
    constants = {**_COLUMNS, **each, "ROUNDS": ROUNDS, "STREAM": TOKENS}
    launch(_draw, (n_rows, splits), *given, **constants, num_warps=num_warps)
    launch(_pick, (n_rows,), best, token, out, SPLITS=splits, num_warps=1)
    return out


@triton.jit
def _agree(chosen, drafts, starts, tokens, counts):
    """Program (sequence): its rows' tokens up to the first that is not as drafted."""
    sequence = tl.program_id(0)
    first = tl.load(starts + sequence)
    agreed = first >= 0
    count = first * 0
    for row in range(first, tl.load(starts + sequence + 1)):
        token = tl.load(chosen + row)
        tl.store(tokens + row, tl.where(agreed, token, -1))
        count += agreed.to(tl.int32)
        agreed = agreed & (token == tl.load(drafts + row))
    tl.store(counts + sequence, count)


def verify_draft(
    logits: Tensor, rows: DrawRows, drafts: Tensor, starts: Tensor, proposals: None = None, **config: int
) -> tuple[Tensor, Tensor]:
    """As `reference.verify_draft`, for drafts that were looked up. config: as for `sample_rows`."""
    chosen = sample_rows(logits, rows, **config)
    tokens = torch.empty(chosen.shape, dtype=torch.int64, device=logits.device)
    counts = torch.empty((starts.shape[0] - 1,), dtype=torch.int32, device=logits.device)
    launch(_agree, (counts.shape[0],), chosen, drafts, starts, tokens, counts, num_warps=1)
    return tokens, counts


def _prepare(logits: Tensor, rows: DrawRows) -> None:
    """Penalties, biases and masks, in place."""
    n_rows, vocab = logits.shape
    if rows.edits is not None:
        edits = rows.edits
        given = (logits, rows.numbers, edits.starts, edits.tokens, edits.seen, edits.bias, logits.stride(0))
        launch(_edit, (n_rows,), *given, NUMBERS=len(Number), BLOCK=256, num_warps=4)
    if rows.bitmask is not None:
        grid = (n_rows, ceil_div(vocab, 8192))
        masked = (logits, rows.integers, rows.bitmask, logits.stride(0), rows.bitmask.stride(0))
        launch(_mask, grid, *masked, INTEGERS=len(Integer), VOCAB=vocab, BLOCK=8192, num_warps=8)
