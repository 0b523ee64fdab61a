"""A mixture of experts: what tokens ask of one expert is computed together. Bound by reading the experts asked.

`_align` puts the questions (a token asks k experts) in the experts' order, stable, without atomics; then each expert's
are cut into tiles (`shared.segments`). The gate is applied where gate and up meet; a token's k answers are added in
its own order, so every run gives the same.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference.kernels.reference.nibbles import half_tile
from inference.kernels.triton.shared.launch import ceil_div, launch, power_of_two
from inference.kernels.triton.shared.segments import row_of


@triton.jit(do_not_specialize=["n_questions"])
def _align(experts, order, starts, n_questions, N_EXPERTS: tl.constexpr, BLOCK: tl.constexpr):
    """Program (expert): where its questions begin, and which they are."""
    expert = tl.program_id(0)
    at = tl.arange(0, BLOCK)
    place = expert * 0
    for begin in range(0, n_questions, BLOCK):
        asked = tl.load(experts + begin + at, mask=begin + at < n_questions, other=N_EXPERTS)
        place += tl.sum((asked < expert).to(tl.int32), axis=0)
    tl.store(starts + expert, place)
    for begin in range(0, n_questions, BLOCK):
        asked = tl.load(experts + begin + at, mask=begin + at < n_questions, other=N_EXPERTS)
        mine = (asked == expert).to(tl.int32)
        tl.store(order + place + tl.cumsum(mine, axis=0) - 1, begin + at, mask=mine == 1)
        place += tl.sum(mine, axis=0)
    if expert == N_EXPERTS - 1:
        tl.store(starts + N_EXPERTS, place)


@triton.jit
def _product(
    rows,
    real,
    matrix,
    scale,
    first,
    inside,
    SIZE: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    """rows (BLOCK_M pointers) times BLOCK_N rows of an expert's matrix from `first`, by their scales: fp32."""
    at_n = tl.arange(0, BLOCK_N)
    at_k = tl.arange(0, BLOCK_K)
    wanted = matrix + (first + at_n)[:, None] * SIZE + at_k[None, :]
    total = tl.zeros((BLOCK_M, BLOCK_N), tl.float32)
    for begin in range(0, SIZE, BLOCK_K):
        held = begin + at_k < SIZE
        x = tl.load(rows[:, None] + begin + at_k[None, :], mask=real[:, None] & held[None, :], other=0.0)
        tile = tl.load(wanted + begin, mask=inside[:, None] & held[None, :], other=0.0).to(x.dtype)
        total = tl.dot(x, tl.trans(tile), total, input_precision="ieee")
    if scale is not None:
        total = total * tl.load(scale + first + at_n, mask=inside, other=0.0)[None, :]
    return total


@triton.jit
def _packed_product(
    rows,
    real,
    matrix,
    scale,
    zero,
    first,
    inside,
    SIZE: tl.constexpr,
    GROUPS: tl.constexpr,
    HALF: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """As `_product` for weights of 4 bits, which lie as `reference.nibbles` has them: a step takes 2 * HALF columns."""
    at_n = first + tl.arange(0, BLOCK_N)
    at_k = tl.arange(0, HALF)
    bytes_of = matrix + at_n[:, None] * (SIZE // 2) + at_k[None, :]
    total = tl.zeros((BLOCK_M, BLOCK_N), tl.float32)
    for step in range(0, SIZE // (2 * HALF)):
        pair = tl.load(bytes_of + step * HALF, mask=inside[:, None], other=0)
        for side in tl.static_range(2):
            column = (2 * step + side) * HALF
            x = tl.load(rows[:, None] + column + at_k[None, :], mask=real[:, None], other=0.0)
            of_group = at_n * GROUPS + column // (SIZE // GROUPS)
            middle = tl.load(zero + of_group, mask=inside, other=0.0).to(tl.float32)
            by = tl.load(scale + of_group, mask=inside, other=0.0).to(tl.float32)
            nibble = (pair >> 4 if side else pair & 15).to(tl.float32)
            whole = (nibble - middle[:, None]).to(x.dtype)
            total += tl.dot(x, tl.trans(whole), input_precision="ieee") * by[None, :]
    return total


@triton.jit
def _share(tile, starts, N_EXPERTS: tl.constexpr, BLOCK_M: tl.constexpr):
    """Whose questions a tile takes, and which: (expert, first, one past the expert's last)."""
    expert = row_of(tile, starts, N_EXPERTS, BLOCK_M)
    start = tl.load(starts + expert)
    return expert, start + (tile - start // BLOCK_M - expert) * BLOCK_M, tl.load(starts + expert + 1)


@triton.jit
def _gate_up(
    hidden,
    gate_up,
    scale,
    zero,
    order,
    starts,
    inner,
    hidden_row,
    N_EXPERTS: tl.constexpr,
    K: tl.constexpr,
    SIZE: tl.constexpr,
    INTERMEDIATE: tl.constexpr,
    GROUPS: tl.constexpr,
    HALF: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    """Program (block of outputs, tile of one expert's questions). inner: a row for each question, in experts' order."""
    expert, begin, end = _share(tl.program_id(1), starts, N_EXPERTS, BLOCK_M)
    if begin >= end:
        return
    at_m = begin + tl.arange(0, BLOCK_M)
    real = at_m < end
    token = tl.load(order + at_m, mask=real, other=0) // K
    rows = hidden + token.to(tl.int64) * hidden_row
    first = tl.program_id(0) * BLOCK_N
    at_n = first + tl.arange(0, BLOCK_N)
    inside = at_n < INTERMEDIATE
    other = first + INTERMEDIATE
    if zero is None:
        matrix = gate_up + expert.to(tl.int64) * (2 * INTERMEDIATE * SIZE)
        scales = scale
        if scale is not None:
            scales = scale + expert * (2 * INTERMEDIATE)
        gate = _product(rows, real, matrix, scales, first, inside, SIZE, BLOCK_M, BLOCK_N, BLOCK_K)
        up = _product(rows, real, matrix, scales, other, inside, SIZE, BLOCK_M, BLOCK_N, BLOCK_K)
    else:
        matrix = gate_up + expert.to(tl.int64) * (INTERMEDIATE * SIZE)
        by = scale + expert * (2 * INTERMEDIATE * GROUPS)
        middle = zero + expert * (2 * INTERMEDIATE * GROUPS)
        gate = _packed_product(rows, real, matrix, by, middle, first, inside, SIZE, GROUPS, HALF, BLOCK_M, BLOCK_N)
        up = _packed_product(rows, real, matrix, by, middle, other, inside, SIZE, GROUPS, HALF, BLOCK_M, BLOCK_N)
    place = inner + at_m.to(tl.int64)[:, None] * INTERMEDIATE + at_n[None, :]
    tl.store(place, gate * tl.sigmoid(gate) * up, mask=real[:, None] & inside[None, :])


@triton.jit
def _down(
    inner,
    down,
    scale,
    zero,
    weights,
    order,
    starts,
    said,
    N_EXPERTS: tl.constexpr,
    SIZE: tl.constexpr,
    INTERMEDIATE: tl.constexpr,
    GROUPS: tl.constexpr,
    HALF: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    """Program (block of outputs, tile of one expert's questions). said: a row for each question, as they were asked."""
    expert, begin, end = _share(tl.program_id(1), starts, N_EXPERTS, BLOCK_M)
    if begin >= end:
        return
    at_m = begin + tl.arange(0, BLOCK_M)
    real = at_m < end
    rows = inner + at_m.to(tl.int64) * INTERMEDIATE
    first = tl.program_id(0) * BLOCK_N
    at_n = first + tl.arange(0, BLOCK_N)
    inside = at_n < SIZE
    if zero is None:
        matrix = down + expert.to(tl.int64) * (SIZE * INTERMEDIATE)
        scales = scale
        if scale is not None:
            scales = scale + expert * SIZE
        total = _product(rows, real, matrix, scales, first, inside, INTERMEDIATE, BLOCK_M, BLOCK_N, BLOCK_K)
    else:
        matrix = down + expert.to(tl.int64) * (SIZE * INTERMEDIATE // 2)
        by = scale + expert * (SIZE * GROUPS)
        middle = zero + expert * (SIZE * GROUPS)
        total = _packed_product(
            rows, real, matrix, by, middle, first, inside, INTERMEDIATE, GROUPS, HALF, BLOCK_M, BLOCK_N
        )
    question = tl.load(order + at_m, mask=real, other=0)
    weight = tl.load(weights + question, mask=real, other=0.0).to(tl.float32)
    place = said + question.to(tl.int64)[:, None] * SIZE + at_n[None, :]
    tl.store(place, total * weight[:, None], mask=real[:, None] & inside[None, :])


@triton.jit
def _combine(said, out, K: tl.constexpr, SIZE: tl.constexpr, BLOCK: tl.constexpr):
    """Program (token, block of outputs): its k answers, in order."""
    token = tl.program_id(0).to(tl.int64)
    at = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = at < SIZE
    total = tl.zeros((BLOCK,), tl.float32)
    for slot in range(K):
        total += tl.load(said + (token * K + slot) * SIZE + at, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + token * SIZE + at, total, mask=inside)


def moe_experts(
    hidden: Tensor,
    gate_up: Tensor,
    down: Tensor,
    experts: Tensor,
    weights: Tensor,
    scales: tuple[Tensor, Tensor] | None = None,
    zeros: tuple[Tensor, Tensor] | None = None,
    *,
    block_m: int | None = None,
    block_n: int | None = None,
    block_k: int = 64,
    num_warps: int | None = None,
    num_stages: int = 4,
) -> Tensor:
    """As `reference.moe_experts`; hidden may be a view, its last dimension contiguous.

    block_m: tokens of one expert that share a tile; None: twice as many as an expert is asked on average, 16 to 128, or
    to 64 with weights of 4 bits.
    Sums are fp32, of 4 bits scaled by group; what an expert says is rounded to hidden's dtype after its weight is
    applied, the twin's before. A token's answers are added in its own order, without atomics.
    """
    n_tokens, size = hidden.shape
    n_experts, intermediate = gate_up.shape[0], gate_up.shape[1] // 2
    k = experts.shape[1]
    n_questions = n_tokens * k
    if block_m is None:
        # More tokens, and what nibbles are widened to does not fit the registers.
        most = 128 if zeros is None else 64
        block_m = max(16, min(most, power_of_two(max(1, 2 * n_questions // n_experts))))
    block_n = block_n or (128 if block_m == 128 else 64)
    num_warps = num_warps or (8 if block_m == 128 else 4)
    device = hidden.device
    order = torch.empty((n_questions,), dtype=torch.int32, device=device)
    starts = torch.empty((n_experts + 1,), dtype=torch.int32, device=device)
    inner = torch.empty((n_questions, intermediate), dtype=hidden.dtype, device=device)
    said = torch.empty((n_questions, size), dtype=hidden.dtype, device=device)
    out = torch.empty((n_tokens, size), dtype=hidden.dtype, device=device)
    tiles = n_questions // block_m + n_experts if n_questions else 0
    blocks = {
        "BLOCK_M": block_m,
        "BLOCK_N": block_n,
        "BLOCK_K": block_k,
        "num_warps": num_warps,
        "num_stages": num_stages,
    }
    shape = {"N_EXPERTS": n_experts, "SIZE": size, "INTERMEDIATE": intermediate}
    up_scale, down_scale = scales or (None, None)
    up_zero, down_zero = zeros or (None, None)
    launch(
        _align,
        (n_experts if n_questions else 0,),
        experts,
        order,
        starts,
        n_questions,
        N_EXPERTS=n_experts,
        BLOCK=1024,
        num_warps=4,
    )
    launch(
        _gate_up,
        (ceil_div(intermediate, block_n), tiles),
        hidden,
        gate_up,
        up_scale,
        up_zero,
        order,
        starts,
        inner,
        hidden.stride(0),
        K=k,
        **_cut(up_zero, size),
        **shape,
        **blocks,
    )
    launch(
        _down,
        (ceil_div(size, block_n), tiles),
        inner,
        down,
        down_scale,
        down_zero,
        weights,
        order,
        starts,
        said,
        **_cut(down_zero, intermediate),
        **shape,
        **blocks,
    )
    block = min(1024, power_of_two(size))
    launch(_combine, (n_tokens, ceil_div(size, block)), said, out, K=k, SIZE=size, BLOCK=block, num_warps=4)
    return out


def _cut(zero: Tensor | None, n_in: int) -> dict[str, int]:
    """How columns of 4 bits are grouped and packed; nothing of the kind for other weights."""
    if zero is None:
        return {"GROUPS": 1, "HALF": 1}
    half = half_tile(n_in, zero.shape[2])
    if half is None:
        raise ValueError(f"{n_in} columns in {zero.shape[2]} groups cannot be packed")
    return {"GROUPS": zero.shape[2], "HALF": half}
