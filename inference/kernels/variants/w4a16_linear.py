"""The linear layers of Qwen3-8B in groups of 128, one column order and GPTQ's act-order, at decoding and prefill."""

from __future__ import annotations

import torch

from inference.kernels.triton.w4a16_linear import w4a16_linear
from inference.kernels.variants import Limit, Variant, meta

FEW = Limit(registers=128, shared_kib=56, opcodes=("LDGSTS.E.BYPASS.128", "HMMA"))
# Two blocks a processor.
MANY = Limit(registers=192, shared_kib=113, opcodes=("LDGSTS.E.BYPASS.128", "HGMMA"))
FINISH = Limit(registers=64, shared_kib=2)


def _variant(name: str, limit: Limit, *, tokens: int, n_in: int, n_out: int, order: bool = False) -> Variant:
    def call() -> None:
        groups = n_in // 128
        scale, zero = meta(n_out, groups, dtype=torch.float16), meta(n_out, groups, dtype=torch.float16)
        columns = meta(n_in, dtype=torch.int32) if order else None
        w4a16_linear(meta(tokens, n_in), meta(n_out, n_in // 2, dtype=torch.uint8), scale, zero, columns)

    return Variant(name, call, {"_multiply": limit, "finish": FINISH})


VARIANTS = (
    _variant("8B qkv, row 1", FEW, tokens=1, n_in=4096, n_out=6144),
    _variant("8B down, rows 16", FEW, tokens=16, n_in=12288, n_out=4096),
    _variant("8B qkv, rows 16, act-order", FEW, tokens=16, n_in=4096, n_out=6144, order=True),
    _variant("8B gate_up, rows 512", MANY, tokens=512, n_in=4096, n_out=24576),
)
