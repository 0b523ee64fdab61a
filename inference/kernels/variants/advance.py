"""A step's end for one row and many, with and without drafts to check and to propose."""

from __future__ import annotations

import torch

from inference.kernels.triton.advance import advance_rows
from inference.kernels.variants import Limit, Variant, meta

ADVANCE = {"_advance": Limit(registers=96, shared_kib=2)}


def _variant(name: str, *, rows: int, most: int, drafts: int) -> Variant:
    def call() -> None:
        history, stops = meta(rows, 32768, dtype=torch.int32), meta(rows, 8, dtype=torch.int32)
        row = meta(rows, dtype=torch.int32)
        advance_rows(history, row, meta(rows, most, dtype=torch.int32), row, row, row, stops, drafts)

    return Variant(name, call, ADVANCE)


VARIANTS = (
    _variant("row 1", rows=1, most=1, drafts=0),
    _variant("rows 256", rows=256, most=1, drafts=3),
    _variant("rows 64, drafts 3", rows=64, most=4, drafts=3),
)
