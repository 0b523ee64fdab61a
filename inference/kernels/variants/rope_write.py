"""Rotary positions and KV writes of Llama-3.1-8B, Qwen3-8B and Qwen2.5-0.5B, and DeepSeek's interleaved pairs."""

from __future__ import annotations

import torch

from inference.kernels.triton.rope_write import qk_norm_rope_write
from inference.kernels.variants import Limit, Variant, meta, pages

# One warp to a program: the registers of 16 of them fit a quarter of a processor.
WRITE = Limit(registers=96, shared_kib=2, opcodes=("LDG.E.128", "STG.E.128"))
EIGHT = Limit(registers=128, shared_kib=2, opcodes=("LDG.E.128", "STG.E.128"))
PAIRS = Limit(registers=128, shared_kib=2)


def _variant(
    name: str,
    limit: Limit,
    *,
    heads: int,
    kv_heads: int,
    dim: int,
    norm: bool = False,
    interleaved: bool = False,
    eight: bool = False,
) -> Variant:
    def call() -> None:
        qkv = meta(64, heads + 2 * kv_heads, dim)
        query, key, value = qkv[:, :heads], qkv[:, heads : heads + kv_heads], qkv[:, heads + kv_heads :]
        turn, place = meta(64, 1, dim // 2), meta(64, dtype=torch.int64)
        norms = (meta(dim), meta(dim)) if norm else None
        cache = pages(4096, kv_heads, dim, eight=eight)
        qk_norm_rope_write(query, key, value, turn, turn, cache, place, place, norms, 1e-6, interleaved)

    return Variant(name, call, {"_write": limit})


VARIANTS = (
    _variant("32+8 heads d128", WRITE, heads=32, kv_heads=8, dim=128),
    _variant("32+8 heads d128 norms", WRITE, heads=32, kv_heads=8, dim=128, norm=True),
    _variant("14+2 heads d64", WRITE, heads=14, kv_heads=2, dim=64),
    _variant("32+8 heads d128 norms, 8 bits", EIGHT, heads=32, kv_heads=8, dim=128, norm=True, eight=True),
    _variant("32+8 heads d128 pairs", PAIRS, heads=32, kv_heads=8, dim=128, interleaved=True),
)
