"""Decode attention as Llama-3.1-8B, Qwen3-0.6B, Qwen2.5-0.5B and older Phi and StableLM models ask for it."""

from __future__ import annotations

from inference.kernels.triton.paged_decode import paged_attention
from inference.kernels.variants import Limit, Variant, meta, pages, table

# Four blocks a processor: 128 registers for each of 128 threads, 56 KiB.
ATTEND = Limit(registers=128, shared_kib=56, opcodes=("LDGSTS.E.BYPASS.128", "HMMA"))
# Three blocks: what is read of 8 bits is widened in registers.
EIGHT = Limit(registers=168, shared_kib=32, opcodes=("LDGSTS.E.BYPASS.128", "HMMA"))
COMBINE = Limit(registers=64, shared_kib=8)


def _variant(
    name: str,
    *,
    rows: int,
    kv_heads: int,
    group: int,
    head_dim: int,
    q_len: int = 1,
    window: int | None = None,
    eight: bool = False,
) -> Variant:
    def call() -> None:
        query = meta(rows, q_len, kv_heads * group, head_dim)
        paged_attention(query, pages(4096, kv_heads, head_dim, eight=eight), *table(rows, 128), window)

    return Variant(name, call, {"_attend": EIGHT if eight else ATTEND, "combine": COMBINE})


VARIANTS = (
    _variant("g4 d128 row 1", rows=1, kv_heads=8, group=4, head_dim=128),
    _variant("g4 d128 rows 64", rows=64, kv_heads=8, group=4, head_dim=128),
    _variant("g2 d128 rows 64", rows=64, kv_heads=8, group=2, head_dim=128),
    _variant("g4 d128 drafts 3", rows=16, kv_heads=8, group=4, head_dim=128, q_len=4),
    _variant("g4 d128 window", rows=16, kv_heads=8, group=4, head_dim=128, window=4096),
    _variant("g7 d64", rows=16, kv_heads=2, group=7, head_dim=64),
    _variant("g1 d80", rows=16, kv_heads=32, group=1, head_dim=80),
    _variant("g4 d128 rows 64, 8 bits", rows=64, kv_heads=8, group=4, head_dim=128, eight=True),
    _variant("g4 d128 drafts 3, 8 bits", rows=16, kv_heads=8, group=4, head_dim=128, q_len=4, eight=True),
    _variant("g7 d64, 8 bits", rows=16, kv_heads=2, group=7, head_dim=64, eight=True),
)
