"""SwiGLU at the widths of Qwen3-0.6B, Qwen3-8B and Llama-3.1-70B."""

from __future__ import annotations

from inference.kernels.triton.gates import swiglu, swiglu_fp8
from inference.kernels.variants import Limit, Variant, meta

GATE = {"_gate": Limit(registers=64, opcodes=("LDG.E.128", "STG.E.128"))}
ROUND = {"_gate_and_round": Limit(registers=128, shared_kib=1, opcodes=("LDG.E.128",))}


def _variants(size: int) -> tuple[Variant, ...]:
    gate_up = meta(64, 2 * size)
    return (
        Variant(f"{size}", lambda: swiglu(gate_up), GATE),
        Variant(f"{size} e4m3", lambda: swiglu_fp8(gate_up), ROUND),
    )


VARIANTS = (*_variants(3072), *_variants(12288), *_variants(28672))
