"""Prefill attention as Llama-3.1-8B, Qwen3-0.6B and Qwen2.5-0.5B ask for it, with and without windows."""

from __future__ import annotations

import torch

from inference.kernels.triton.paged_extend import extend_attention
from inference.kernels.variants import Limit, Variant, meta, pages, table

WIDE = Limit(registers=224, shared_kib=160, opcodes=("HGMMA", "UTMALDG", "LDGSTS.E.BYPASS.128"))
NARROW = Limit(registers=224, shared_kib=112, opcodes=("HGMMA", "UTMALDG", "LDGSTS.E.BYPASS.128"))

MASKED = Limit(registers=224, shared_kib=160, opcodes=("HGMMA", "LDGSTS.E.BYPASS.128"))


def _variant(
    name: str,
    limit: Limit,
    *,
    tokens: int,
    kv_heads: int,
    group: int,
    head_dim: int,
    window: int | None = None,
    eight: bool = False,
) -> Variant:
    def call() -> None:
        query, cache = meta(tokens, kv_heads * group, head_dim), pages(4096, kv_heads, head_dim, eight=eight)
        page_table, seq_lens = table(4, 128)
        extend_attention(query, cache, page_table, meta(5, dtype=torch.int32), seq_lens, tokens, window)

    return Variant(name, call, {"_extend": limit})


VARIANTS = (
    _variant("g4 d128", WIDE, tokens=4096, kv_heads=8, group=4, head_dim=128),
    _variant("g4 d128, 16 new", NARROW, tokens=16, kv_heads=8, group=4, head_dim=128),
    _variant("g4 d128 window", MASKED, tokens=4096, kv_heads=8, group=4, head_dim=128, window=4096),
    _variant("g2 d128", WIDE, tokens=4096, kv_heads=8, group=2, head_dim=128),
    _variant("g7 d64", WIDE, tokens=4096, kv_heads=2, group=7, head_dim=64),
    _variant("g1 d80", WIDE, tokens=4096, kv_heads=32, group=1, head_dim=80),
    _variant("g4 d128, 8 bits", WIDE, tokens=4096, kv_heads=8, group=4, head_dim=128, eight=True),
    _variant("g4 d128, 16 new, 8 bits", NARROW, tokens=16, kv_heads=8, group=4, head_dim=128, eight=True),
)
