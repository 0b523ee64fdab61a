"""The linear layers of Qwen3-8B at prefill, with and without a bias, and the rounding of their tokens."""

from __future__ import annotations

import torch

from inference.kernels.reference.linear import E4M3
from inference.kernels.triton.fp8_linear import fp8_linear, quantise_rows
from inference.kernels.variants import Limit, Variant, meta

# One block a processor: four pairs of tiles of 16 KiB under way, two sums of 128 x 128 in the registers of 8 warps.
MULTIPLY = Limit(registers=224, shared_kib=227, opcodes=("QGMMA", "UTMALDG"))
ROUND = Limit(registers=128, shared_kib=1, opcodes=("LDG.E.128",))


def _product(name: str, *, tokens: int, n_in: int, n_out: int, bias: bool = False) -> Variant:
    def call() -> None:
        x_scale, scale = meta(tokens, dtype=torch.float32), meta(n_out, dtype=torch.float32)
        x, weight = meta(tokens, n_in, dtype=E4M3), meta(n_out, n_in, dtype=E4M3)
        fp8_linear(x, x_scale, weight, scale, meta(n_out) if bias else None, torch.bfloat16)

    return Variant(name, call, {"_multiply": MULTIPLY})


def _rounding(size: int) -> Variant:
    return Variant(f"round {size}", lambda: quantise_rows(meta(512, size)), {"_round": ROUND})


VARIANTS = (
    _product("8B gate_up, rows 4096", tokens=4096, n_in=4096, n_out=24576),
    _product("8B down, rows 512", tokens=512, n_in=12288, n_out=4096),
    _product("8B qkv, bias, rows 128", tokens=128, n_in=4096, n_out=6144, bias=True),
    _rounding(4096),
    _rounding(12288),
)
