"""Norms at the widths of Qwen3-0.6B, Qwen3-8B and Llama-3.1-70B."""

from __future__ import annotations

from inference.kernels.triton.norms import add_rms_norm, add_rms_norm_fp8, rms_norm
from inference.kernels.variants import Limit, Variant, meta

# Sixteen warps of a processor's 64 at 128 registers.
NORM = {"_norm": Limit(registers=128, shared_kib=1, opcodes=("LDG.E.128", "STG.E.128"))}
ROUND = {"_norm": Limit(registers=128, shared_kib=16, opcodes=("LDG.E.128",))}


def _variants(size: int) -> tuple[Variant, ...]:
    row, weight = meta(64, size), meta(size)
    return (
        Variant(f"{size}", lambda: rms_norm(row, weight, 1e-6), NORM),
        Variant(f"{size} add", lambda: add_rms_norm(row, row, weight, 1e-6), NORM),
        Variant(f"{size} add, e4m3", lambda: add_rms_norm_fp8(row, row, weight, 1e-6), ROUND),
    )


VARIANTS = (*_variants(1024), *_variants(4096), *_variants(8192))
