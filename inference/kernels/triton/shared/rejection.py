"""Drafts that were drawn from another distribution: accepted by chance, or replaced by a draw from what that one lacks.

Leviathan et al. 2023 (arXiv 2211.17192). Rows are cut into parts as for a draw. Knows rows; not which belong together.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.drawing import DrawRows, Integer, Number
from inference.kernels.reference.philox import ACCEPTANCE, RESIDUAL, ROUNDS, TOKENS
from inference.kernels.triton.shared.launch import launch
from inference.kernels.triton.shared.noise import gumbel, uniform, words

_COLUMNS = {"NUMBERS": len(Number), "INTEGERS": len(Integer)}


@triton.jit
def kept(
    logits,
    numbers,
    least,
    tops,
    masses,
    logits_row,
    NUMBERS: tl.constexpr,
    VOCAB: tl.constexpr,
    GROUPS: tl.constexpr,
    LANE: tl.constexpr,
):
    """Program (row, split): the mass, as `survey` has it, of the logits that are not below `least`."""
    row = tl.program_id(0)
    split = tl.program_id(1)
    temperature = tl.load(numbers + row * NUMBERS)
    divisor = tl.where(temperature == 0.0, 1.0, temperature)
    slot = row * tl.num_programs(1) + split
    top = tl.load(tops + slot)
    base = tl.where(top == float("-inf"), 0.0, top)
    lowest = tl.load(least + row)
    mass = tl.zeros((4 * LANE,), tl.float32)
    for group in range(split * GROUPS, tl.minimum(split * GROUPS + GROUPS, tl.cdiv(VOCAB, 4 * LANE))):
        at = group * (4 * LANE) + tl.arange(0, 4 * LANE)
        held = tl.load(logits + row.to(tl.int64) * logits_row + at, mask=at < VOCAB, other=float("-inf"))
        held = held.to(tl.float32)
        mass += tl.where(held >= lowest, tl.exp((held - base) / divisor), 0.0)
    tl.store(masses + slot, tl.sum(mass, axis=0))


@triton.jit
def judge(
    logits,
    numbers,
    integers,
    drafts,
    proposals,
    least,
    tops,
    masses,
    accepted,
    whole,
    logits_row,
    proposals_row,
    NUMBERS: tl.constexpr,
    INTEGERS: tl.constexpr,
    SPLITS: tl.constexpr,
    ROUNDS: tl.constexpr,
    STREAM: tl.constexpr,
):
    """Program (row): whether its draft is accepted. whole: (rows, 2), the row's highest logit, and its mass."""
    row = tl.program_id(0)
    draft = tl.load(drafts + row)
    temperature = tl.load(numbers + row * NUMBERS)
    drawn = (draft >= 0) & (temperature != 0.0)
    divisor = tl.where(temperature == 0.0, 1.0, temperature)
    at_s = row * SPLITS + tl.arange(0, SPLITS)
    split_tops = tl.load(tops + at_s)
    top = tl.max(split_tops, axis=0)
    base = tl.where(top == float("-inf"), 0.0, top)
    mass = tl.sum(tl.load(masses + at_s) * tl.exp((split_tops - base) / divisor), axis=0)
    tl.store(whole + row * 2, base)
    tl.store(whole + row * 2 + 1, mass)

    held = tl.load(logits + row.to(tl.int64) * logits_row + draft, mask=drawn, other=0.0).to(tl.float32)
    proposed = tl.load(proposals + row.to(tl.int64) * proposals_row + draft, mask=drawn, other=0.0)
    wanted = tl.exp((tl.where(drawn, held, base) - base) / divisor) / mass
    if least is not None:
        wanted = tl.where(held >= tl.load(least + row), wanted, 0.0)
    seed = tl.load(integers + row * INTEGERS)
    position = tl.load(integers + row * INTEGERS + 1).to(tl.int32)
    word, _, _, _ = words(seed, tl.zeros((1,), tl.int32), position, STREAM, ROUNDS)
    chance = tl.sum(uniform(word), axis=0)
    tl.store(accepted + row, (drawn & (chance * proposed < wanted)).to(tl.int32))


@triton.jit
def redraw(
    logits,
    numbers,
    integers,
    drafts,
    proposals,
    least,
    accepted,
    whole,
    best,
    token,
    logits_row,
    proposals_row,
    NUMBERS: tl.constexpr,
    INTEGERS: tl.constexpr,
    VOCAB: tl.constexpr,
    GROUPS: tl.constexpr,
    LANE: tl.constexpr,
    ROUNDS: tl.constexpr,
    PLAIN: tl.constexpr,
    INSTEAD: tl.constexpr,
):
    """Program (row, split): the best token of its part for a row whose draft is refused, by what its proposal lacks, or
    that has none or is greedy, by its logits. PLAIN, INSTEAD: their streams of noise."""
    row = tl.program_id(0)
    split = tl.program_id(1)
    slot = row * tl.num_programs(1) + split
    if tl.load(accepted + row) != 0:
        tl.store(best + slot, float("-inf"))
        tl.store(token + slot, 0)
        return
    temperature = tl.load(numbers + row * NUMBERS)
    refused = (tl.load(drafts + row) >= 0) & (temperature != 0.0)
    proposed_to = tl.where(refused, VOCAB, 0)
    seed = tl.load(integers + row * INTEGERS)
    position = tl.load(integers + row * INTEGERS + 1).to(tl.int32)
    divisor = tl.where(temperature == 0.0, 1.0, temperature)
    loud = tl.where(temperature == 0.0, 0.0, 1.0)
    shift = tl.load(whole + row * 2) / divisor + tl.log(tl.load(whole + row * 2 + 1))
    lowest = float("-inf")
    if least is not None:
        lowest = tl.load(least + row)
    within = tl.arange(0, LANE)
    highest = tl.full((LANE,), float("-inf"), tl.float32)
    chosen = tl.zeros((LANE,), tl.int32)
    for group in range(split * GROUPS, tl.minimum(split * GROUPS + GROUPS, tl.cdiv(VOCAB, 4 * LANE))):
        drawn = words(seed, group * LANE + within, position, tl.where(refused, INSTEAD, PLAIN), ROUNDS)
        for lane in tl.static_range(4):
            at = group * (4 * LANE) + lane * LANE + within
            held = tl.load(logits + row.to(tl.int64) * logits_row + at, mask=at < VOCAB, other=float("-inf"))
            held = held.to(tl.float32)
            place = proposals + row.to(tl.int64) * proposals_row + at
            proposed = tl.load(place, mask=at < proposed_to, other=0.0)
            score = held / divisor
            if refused:
                missing = tl.exp(score - shift) - proposed
                score = tl.where(missing > 0.0, tl.log(tl.maximum(missing, 1e-37)), float("-inf"))
            score = tl.where(held >= lowest, score + loud * gumbel(drawn[lane]), float("-inf"))
            better = score > highest
            highest = tl.where(better, score, highest)
            chosen = tl.where(better, at, chosen)
    top = tl.max(highest, axis=0)
    tl.store(best + slot, top)
    tl.store(token + slot, tl.min(tl.where(highest == top, chosen, VOCAB), axis=0))


def judged(
    logits: Tensor,
    rows: DrawRows,
    drafts: Tensor,
    proposals: Tensor,
    least: Tensor | None,
    tops: Tensor,
    masses: Tensor,
    best: Tensor,
    token: Tensor,
    cut: dict[str, Any],
) -> Tensor:
    """(rows,) int32: 1 where the draft is accepted; elsewhere best and token, (rows, splits), hold what `draw` would.

    least: (rows,) fp32, None without filters; tops, masses: of `survey`, overwritten; cut: how rows are cut, and
    `num_warps`.
    """
    n_rows, splits = tops.shape
    accepted = torch.empty((n_rows,), dtype=torch.int32, device=logits.device)
    whole = torch.empty((n_rows, 2), dtype=torch.float32, device=logits.device)
    drawing = (logits, rows.numbers, rows.integers, drafts, proposals, least)
    strides = (logits.stride(0), proposals.stride(0))
    if least is not None:
        given = (logits, rows.numbers, least, tops, masses, logits.stride(0))
        launch(kept, (n_rows, splits), *given, NUMBERS=len(Number), **cut)
    launch(
        judge,
        (n_rows,),
        *drawing,
        tops,
        masses,
        accepted,
        whole,
        *strides,
        **_COLUMNS,
        SPLITS=splits,
        ROUNDS=ROUNDS,
        STREAM=ACCEPTANCE,
        num_warps=1,
    )
    streams = {"ROUNDS": ROUNDS, "PLAIN": TOKENS, "INSTEAD": RESIDUAL}
    launch(redraw, (n_rows, splits), *drawing, accepted, whole, best, token, *strides, **_COLUMNS, **streams, **cut)
    return accepted
