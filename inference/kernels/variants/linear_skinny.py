"""The linear layers of Qwen3-8B and Qwen3-0.6B at decoding: one token, sixteen, sixty-four; bf16 and e4m3 weights."""

from __future__ import annotations

import torch

from inference.kernels.triton.linear_skinny import linear_skinny
from inference.kernels.variants import Limit, Variant, meta

# Two blocks a processor: 128 threads of 255 registers would do, shared memory decides.
FEW = Limit(registers=128, shared_kib=113, opcodes=("LDGSTS.E.BYPASS.128", "HMMA"))
MANY = Limit(registers=168, shared_kib=227, opcodes=("LDGSTS.E.BYPASS.128", "HGMMA"))
FINISH = Limit(registers=64, shared_kib=2)


def _variant(
    name: str,
    limit: Limit,
    *,
    tokens: int,
    n_in: int,
    n_out: int,
    norm: bool = False,
    gated: bool = False,
    residual: bool = False,
    fp8: bool = False,
) -> Variant:
    def call() -> None:
        weight = meta(n_out, n_in, dtype=torch.float8_e4m3fn if fp8 else torch.bfloat16)
        scale = meta(n_out, dtype=torch.float32) if fp8 else None
        added = meta(tokens, n_out) if residual else None
        linear_skinny(meta(tokens, n_in), weight, None, scale, meta(n_in) if norm else None, 1e-6, gated, added)

    return Variant(name, call, {"_multiply": limit, "finish": FINISH})


VARIANTS = (
    _variant("8B qkv, norm, row 1", FEW, tokens=1, n_in=4096, n_out=6144, norm=True),
    _variant("8B gate_up, norm, rows 16", FEW, tokens=16, n_in=4096, n_out=24576, norm=True, gated=True),
    _variant("8B down, residual, rows 16", FEW, tokens=16, n_in=12288, n_out=4096, residual=True),
    _variant("8B output, residual, rows 64", MANY, tokens=64, n_in=4096, n_out=4096, residual=True),
    _variant("0.6B gate_up, norm, row 1", FEW, tokens=1, n_in=1024, n_out=6144, norm=True, gated=True),
    _variant("8B qkv, norm, row 1, e4m3", FEW, tokens=1, n_in=4096, n_out=6144, norm=True, fp8=True),
    _variant("8B gate_up, rows 16, e4m3", FEW, tokens=16, n_in=4096, n_out=24576, gated=True, fp8=True),
    _variant("8B down, rows 64, e4m3", MANY, tokens=64, n_in=12288, n_out=4096, residual=True, fp8=True),
)
