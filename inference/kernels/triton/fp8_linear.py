"""A linear layer of 8-bit floats with a scale for each token and each output (W8A8), and the rounding of tokens to it.

Persistent: as many programs as processors, each takes tile after tile, both operands through the tensor copy engine.
The tensor cores of Hopper add e4m3 products with fewer bits than fp32; every BLOCK_K inputs the sum goes on in fp32
(as DeepSeek-V3, arXiv 2412.19437, §3.3.2).
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.tools.tensor_descriptor import TensorDescriptor

from inference.kernels.reference.linear import E4M3
from inference.kernels.triton.shared.e4m3 import row_scale, to_e4m3
from inference.kernels.triton.shared.launch import ceil_div, launch, power_of_two
from inference.kernels.triton.shared.products import scaled


@triton.jit
def _round(x, out, scale, x_row, SIZE: tl.constexpr, BLOCK: tl.constexpr):
    """Program (token): its row to e4m3, and the scale."""
    token = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    inside = at < SIZE
    wide = tl.load(x + token * x_row + at, mask=inside, other=0.0).to(tl.float32)
    by = row_scale(tl.max(tl.abs(wide), axis=0))
    tl.store(out + token * SIZE + at, to_e4m3(wide, by), mask=inside)
    tl.store(scale + token, by)


@triton.jit(do_not_specialize=["n_tokens"])
def _multiply(
    tokens,
    outputs,
    x_scale,
    scale,
    bias,
    out,
    n_tokens,
    N_IN: tl.constexpr,
    N_OUT: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    """Program: every num_programs-th tile. Neighbours share the weights' tile, which stays in L2."""
    blocks_m = tl.cdiv(n_tokens, BLOCK_M)
    for tile in range(tl.program_id(0), blocks_m * tl.cdiv(N_OUT, BLOCK_N), tl.num_programs(0)):
        first_m = tile % blocks_m * BLOCK_M
        first_n = tile // blocks_m * BLOCK_N
        total = tl.zeros((BLOCK_M, BLOCK_N), tl.float32)
        for begin in range(0, N_IN, BLOCK_K):
            x = tokens.load([first_m, begin])
            weight = outputs.load([first_n, begin])
            total += tl.dot(x, tl.trans(weight))
        at_m = first_m + tl.arange(0, BLOCK_M)
        at_n = first_n + tl.arange(0, BLOCK_N)
        real = at_m < n_tokens
        inside = at_n < N_OUT
        total = total * tl.load(x_scale + at_m, mask=real, other=0.0)[:, None]
        total = scaled(total, scale, bias, at_n, inside)
        place = out + at_m.to(tl.int64)[:, None] * N_OUT + at_n[None, :]
        tl.store(place, total, mask=real[:, None] & inside[None, :])


def quantise_rows(x: Tensor, *, num_warps: int | None = None) -> tuple[Tensor, Tensor]:
    """As `reference.quantise_rows` for x: (n_tokens, n), a view with its last dimension contiguous allowed."""
    n_tokens, size = x.shape
    out = torch.empty((n_tokens, size), dtype=E4M3, device=x.device)
    scale = torch.empty((n_tokens,), dtype=torch.float32, device=x.device)
    warps = num_warps or (4 if size <= 4096 else 8)
    launch(_round, (n_tokens,), x, out, scale, x.stride(0), SIZE=size, BLOCK=power_of_two(size), num_warps=warps)
    return out, scale


def fp8_linear(
    x: Tensor,
    x_scale: Tensor,
    weight: Tensor,
    scale: Tensor,
    bias: Tensor | None,
    dtype: torch.dtype,
    *,
    programs: int = 132,
    block_m: int = 128,
    block_n: int = 128,
    block_k: int = 128,
    num_warps: int = 8,
    num_stages: int = 4,
) -> Tensor:
    """As `reference.fp8_linear`, x and weight contiguous. programs: how many run at once, one for each processor."""
    n_tokens, n_in = x.shape
    n_out = weight.shape[0]
    out = torch.empty((n_tokens, n_out), dtype=dtype, device=x.device)
    tiles = ceil_div(n_tokens, block_m) * ceil_div(n_out, block_n)
    if tiles:
        launch(
            _multiply,
            (min(programs, tiles),),
            TensorDescriptor.from_tensor(x, [block_m, block_k]),
            TensorDescriptor.from_tensor(weight, [block_n, block_k]),
            x_scale,
            scale,
            bias,
            out,
            n_tokens,
            N_IN=n_in,
            N_OUT=n_out,
            BLOCK_M=block_m,
            BLOCK_N=block_n,
            BLOCK_K=block_k,
            num_warps=num_warps,
            num_stages=num_stages,
        )
    return out
