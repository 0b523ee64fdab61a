"""Adapters of rank 16 and 64 on the qkv layer of Qwen3-8B, decoding rows of 8 adapters, and a chunk of one's prompt."""

from __future__ import annotations

import torch

from inference.kernels.triton.lora_apply import lora_apply
from inference.kernels.variants import Limit, Variant, meta

SHRINK = Limit(registers=128, shared_kib=64, opcodes=("LDGSTS.E.BYPASS.128", "HMMA"))
EXPAND = Limit(registers=128, shared_kib=32, opcodes=("LDG.E.128", "HMMA"))
ROWS = {"_shrink": SHRINK, "_expand": EXPAND}
# Two blocks a processor.
CHUNK = {
    "_shrink": Limit(registers=128, shared_kib=113, opcodes=("LDGSTS.E.BYPASS.128", "HGMMA")),
    "_expand": Limit(registers=224, shared_kib=32, opcodes=("LDG.E.128", "HGMMA")),
}


def _variant(name: str, limits: dict[str, Limit], *, tokens: int, segments: int, rank: int) -> Variant:
    def call() -> None:
        down, up = meta(8, rank, 4096), meta(8, 6144, rank)
        starts, adapters = meta(segments + 1, dtype=torch.int32), meta(segments, dtype=torch.int32)
        scale = meta(8, dtype=torch.float32)
        lora_apply(meta(tokens, 4096), meta(tokens, 6144), down, up, scale, starts, adapters, tokens - segments + 1)

    return Variant(name, call, limits)


VARIANTS = (
    _variant("rank 16, rows 16", ROWS, tokens=16, segments=16, rank=16),
    _variant("rank 64, rows 16", ROWS, tokens=16, segments=16, rank=64),
    _variant("rank 64, chunk of 512", CHUNK, tokens=512, segments=1, rank=64),
)
