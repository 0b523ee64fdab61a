"""The sampler: one pass over the logits for a plain draw, two and a search for a filtered one.

Every program draws for its part of the vocabulary, the highest (score + noise) of all parts wins. Noise depends on
seed, position and token alone, so parts may be cut in any way. Philox is most of the arithmetic: a call serves four
tokens. Drafts that were looked up are compared with plain draws; those that were drawn, `shared.rejection` judges.
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
from inference.kernels.triton.shared.rejection import judged
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
    _prepare(logits, rows)
    splits, cut = _cut(logits, programs, num_warps)
    least = None
    if rows.filtered:
        least = lowest_kept(logits, rows, *_surveyed(logits, rows, splits, cut))
    best, token = _candidates(logits, splits)
    given = (logits, rows.numbers, rows.integers, least, best, token, logits.stride(0))
    launch(_draw, best.shape, *given, **_COLUMNS, **cut, ROUNDS=ROUNDS, STREAM=TOKENS)
    return _picked(best, token)


@triton.jit
def _agree(chosen, drafts, starts, accepted, tokens, counts):
    """Program (sequence): its rows' tokens up to the first that is not as drafted."""
    sequence = tl.program_id(0)
    first = tl.load(starts + sequence)
    agreed = first >= 0
    count = first * 0
    for row in range(first, tl.load(starts + sequence + 1)):
        token = tl.load(chosen + row)
        draft = tl.load(drafts + row)
        if accepted is not None:
            token = tl.where(tl.load(accepted + row) != 0, draft, token)
        tl.store(tokens + row, tl.where(agreed, token, -1))
        count += agreed.to(tl.int32)
        agreed = agreed & (token == draft)
    tl.store(counts + sequence, count)


def verify_draft(
    logits: Tensor,
    rows: DrawRows,
    drafts: Tensor,
    starts: Tensor,
    proposals: Tensor | None = None,
    *,
    programs: int = 528,
    num_warps: int = 4,
) -> tuple[Tensor, Tensor]:
    """As `reference.verify_draft`; the last dimensions are contiguous. programs: as for `sample_rows`."""
    accepted = None
    if proposals is None:
        chosen = sample_rows(logits, rows, programs=programs, num_warps=num_warps)
    else:
        _prepare(logits, rows)
        splits, cut = _cut(logits, programs, num_warps)
        tops, masses = _surveyed(logits, rows, splits, cut)
        least = lowest_kept(logits, rows, tops, masses) if rows.filtered else None
        best, token = _candidates(logits, splits)
        accepted = judged(logits, rows, drafts, proposals, least, tops, masses, best, token, cut)
        chosen = _picked(best, token)
    tokens = torch.empty(chosen.shape, dtype=torch.int64, device=logits.device)
    counts = torch.empty((starts.shape[0] - 1,), dtype=torch.int32, device=logits.device)
    launch(_agree, (counts.shape[0],), chosen, drafts, starts, accepted, tokens, counts, num_warps=1)
    return tokens, counts


def _cut(logits: Tensor, programs: int, num_warps: int) -> tuple[int, dict[str, int]]:
    """Into how many parts rows are cut, and the constants that say where."""
    n_rows, vocab = logits.shape
    groups = ceil_div(vocab, 4 * LANE)
    splits = power_of_two(max(1, min(ceil_div(programs, max(1, n_rows)), groups)))
    return splits, {"VOCAB": vocab, "GROUPS": ceil_div(groups, splits), "LANE": LANE, "num_warps": num_warps}


def _surveyed(logits: Tensor, rows: DrawRows, splits: int, cut: dict[str, int]) -> tuple[Tensor, Tensor]:
    """What `survey` says of the parts: (tops, masses), (rows, splits) fp32 each."""
    tops, masses = (torch.empty((len(logits), splits), dtype=torch.float32, device=logits.device) for _ in range(2))
    launch(survey, tops.shape, logits, rows.numbers, tops, masses, logits.stride(0), NUMBERS=len(Number), **cut)
    return tops, masses


def _candidates(logits: Tensor, splits: int) -> tuple[Tensor, Tensor]:
    """Room for each part's best score and its token."""
    best = torch.empty((len(logits), splits), dtype=torch.float32, device=logits.device)
    return best, torch.empty((len(logits), splits), dtype=torch.int32, device=logits.device)


def _picked(best: Tensor, token: Tensor) -> Tensor:
    n_rows, splits = best.shape
    out = torch.empty((n_rows,), dtype=torch.int64, device=best.device)
    launch(_pick, (n_rows,), best, token, out, SPLITS=splits, num_warps=1)
    return out


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
