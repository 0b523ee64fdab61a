"""Decode attention of siblings as Llama-3.1-8B, Qwen3-0.6B and Qwen2.5-0.5B ask for it, with drafts or not."""

from __future__ import annotations

import torch

from inference.kernels.triton.cascade import cascade_attention
from inference.kernels.variants import Limit, Variant, meta, pages, table

# The first pass has 64 queries in a tile, the second 16: limits are for the larger. Two blocks a processor.
ATTEND = Limit(registers=168, shared_kib=112, opcodes=("LDGSTS.E.BYPASS.128", "HMMA|HGMMA"))
EIGHT = Limit(registers=255, shared_kib=112, opcodes=("LDGSTS.E.BYPASS.128", "HMMA|HGMMA"))
COMBINE = Limit(registers=64, shared_kib=8)


def _variant(
    name: str, *, kv_heads: int, group: int, head_dim: int, rows: int = 16, q_len: int = 1, eight: bool = False
) -> Variant:
    def call() -> None:
        page_table, seq_lens = table(rows, 128)
        cascade_attention(
            meta(rows * q_len, kv_heads * group, head_dim),
            pages(4096, kv_heads, head_dim, eight=eight),
            page_table,
            meta(rows + 1, dtype=torch.int32),
            seq_lens,
            q_len,
            meta(2, dtype=torch.int32),
            meta(rows, dtype=torch.int32),
            rows * q_len,
        )

    return Variant(name, call, {"_attend": EIGHT if eight else ATTEND, "combine": COMBINE})


VARIANTS = (
    _variant("g4 d128 rows 16", kv_heads=8, group=4, head_dim=128),
    _variant("g4 d128 rows 16, drafts 3", kv_heads=8, group=4, head_dim=128, q_len=4),
    _variant("g2 d128 rows 16", kv_heads=8, group=2, head_dim=128),
    _variant("g7 d64 rows 4", kv_heads=2, group=7, head_dim=64, rows=4),
    _variant("g4 d128 rows 16, 8 bits", kv_heads=8, group=4, head_dim=128, eight=True),
)
