"""Prefill over latents of DeepSeek-V2 and V3 (128 heads), V2-Lite (16 heads): in one block of pages and in several."""

from __future__ import annotations

import torch

from inference.kernels.triton.mla_extend import mla_extend
from inference.kernels.variants import Limit, Variant, meta, table

EXPAND = Limit(registers=168, shared_kib=113, opcodes=("HGMMA", "LDGSTS.E.BYPASS.128"))
# One block a processor: two pages of keys and values are under way.
EXTEND = Limit(registers=255, shared_kib=160, opcodes=("HGMMA", "LDGSTS.E.BYPASS.128"))
SHORT = Limit(registers=224, shared_kib=113, opcodes=("HMMA", "LDGSTS.E.BYPASS.128"))


def _variant(name: str, limit: Limit, *, tokens: int, heads: int, n_pages: int) -> Variant:
    def call() -> None:
        page_table, seq_lens = table(1, n_pages)
        query, up, cache = meta(tokens, heads, 192), meta(heads, 256, 512), meta(4096, 64, 576)
        mla_extend(query, up, cache, page_table, meta(2, dtype=torch.int32), seq_lens, 0.1)

    return Variant(name, call, {"_expand": EXPAND, "_extend": limit})


VARIANTS = (
    _variant("128 heads, 512 new of 4096", EXTEND, tokens=512, heads=128, n_pages=64),
    _variant("128 heads, 512 new of 16384", EXTEND, tokens=512, heads=128, n_pages=256),
    _variant("16 heads, 16 new", SHORT, tokens=16, heads=16, n_pages=16),
)
