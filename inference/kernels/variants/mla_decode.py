"""Latent attention of DeepSeek-V2 and V3 (128 heads), V2-Lite (16 heads)."""

from __future__ import annotations

from inference.kernels.triton.mla_decode import mla_decode
from inference.kernels.variants import Limit, Variant, meta, table

# One block a processor: 64 x 512 sums in registers, two pages of 72 KiB under way.
WIDE = Limit(registers=255, shared_kib=227, opcodes=("LDGSTS.E.BYPASS.128", "HGMMA"))
NARROW = Limit(registers=255, shared_kib=227, opcodes=("LDGSTS.E.BYPASS.128", "HMMA"))
COMBINE = Limit(registers=96, shared_kib=8)


def _variant(name: str, limit: Limit, *, rows: int, heads: int, q_len: int = 1) -> Variant:
    def call() -> None:
        mla_decode(meta(rows, q_len, heads, 576), meta(4096, 64, 576), *table(rows, 128), 512, 0.1)

    return Variant(name, call, {"_attend": limit, "combine": COMBINE})


VARIANTS = (
    _variant("128 heads, row 1", WIDE, rows=1, heads=128),
    _variant("128 heads, rows 64", WIDE, rows=64, heads=128),
    _variant("16 heads", NARROW, rows=16, heads=16),
    _variant("16 heads, draft 1", NARROW, rows=16, heads=16, q_len=2),
)
