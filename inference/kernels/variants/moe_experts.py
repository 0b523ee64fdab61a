"""Qwen3-30B-A3B (128 experts, 8 asked) and Mixtral-8x7B (8 experts, 2 asked), at decoding and prefill."""

from __future__ import annotations

import torch

from inference.kernels.triton.moe_experts import moe_experts
from inference.kernels.variants import Limit, Variant, meta

FEW = Limit(registers=128, shared_kib=56, opcodes=("LDGSTS.E.BYPASS.128", "HMMA"))
SOME = Limit(registers=168, shared_kib=113, opcodes=("LDGSTS.E.BYPASS.128", "HGMMA"))
PACKED = Limit(registers=168, shared_kib=56, opcodes=("LDGSTS.E.BYPASS.128", "HMMA"))
# Two blocks a processor; nibbles are widened in registers.
PACKED_SOME = Limit(registers=248, shared_kib=113, opcodes=("LDGSTS.E.BYPASS.128", "HGMMA"))
MANY = Limit(registers=184, shared_kib=160, opcodes=("LDGSTS.E.BYPASS.128", "HGMMA"))
SMALL = Limit(registers=64, shared_kib=8)


def _variant(
    name: str, limit: Limit, *, tokens: int, experts: int, k: int, size: int, inner: int, fp8: bool = False
) -> Variant:
    def call() -> None:
        dtype = torch.float8_e4m3fn if fp8 else torch.bfloat16
        gate_up, down = meta(experts, 2 * inner, size, dtype=dtype), meta(experts, size, inner, dtype=dtype)
        scales = (meta(experts, 2 * inner, dtype=torch.float32), meta(experts, size, dtype=torch.float32))
        asked, weights = meta(tokens, k, dtype=torch.int64), meta(tokens, k)
        moe_experts(meta(tokens, size), gate_up, down, asked, weights, scales if fp8 else None)

    return Variant(name, call, {"_align": SMALL, "_gate_up": limit, "_down": limit, "_combine": SMALL})


def _packed(name: str, limit: Limit, *, tokens: int, experts: int, k: int, size: int, inner: int) -> Variant:
    """In groups of 128 columns."""

    def call() -> None:
        gate_up = meta(experts, 2 * inner, size // 2, dtype=torch.uint8)
        down = meta(experts, size, inner // 2, dtype=torch.uint8)
        by = tuple(
            (
                meta(experts, 2 * inner, size // 128, dtype=torch.float16),
                meta(experts, size, inner // 128, dtype=torch.float16),
            )
            for _ in range(2)
        )
        asked, weights = meta(tokens, k, dtype=torch.int64), meta(tokens, k)
        moe_experts(meta(tokens, size), gate_up, down, asked, weights, *by)

    return Variant(name, call, {"_align": SMALL, "_gate_up": limit, "_down": limit, "_combine": SMALL})


VARIANTS = (
    _variant("30B-A3B, row 1", FEW, tokens=1, experts=128, k=8, size=2048, inner=768),
    _variant("30B-A3B, row 1, e4m3", FEW, tokens=1, experts=128, k=8, size=2048, inner=768, fp8=True),
    _variant("30B-A3B, rows 512", SOME, tokens=512, experts=128, k=8, size=2048, inner=768),
    _packed("30B-A3B, row 1, 4 bits", PACKED, tokens=1, experts=128, k=8, size=2048, inner=768),
    _packed("30B-A3B, rows 512, 4 bits", PACKED_SOME, tokens=512, experts=128, k=8, size=2048, inner=768),
    _packed("8x7B, rows 4096, 4 bits", PACKED_SOME, tokens=4096, experts=8, k=2, size=4096, inner=14336),
    _variant("8x7B, rows 4096", MANY, tokens=4096, experts=8, k=2, size=4096, inner=14336),
)
