"""The sampler for the vocabularies of Qwen3 and Llama-3, one row and many, plain and with everything at once."""

from __future__ import annotations

import torch

from inference.kernels.drawing import DrawRows, Edits
from inference.kernels.triton.sampler import sample_rows, verify_draft
from inference.kernels.variants import Limit, Variant, meta

LIMITS = {
    "_edit": Limit(registers=64),
    "_mask": Limit(registers=64),
    "survey": Limit(registers=128, shared_kib=1, opcodes=("LDG.E.128",)),
    # Two programs of 8 warps a processor.
    "_search": Limit(registers=128, shared_kib=64, opcodes=("LDG.E.128",)),
    "_draw": Limit(registers=128, shared_kib=1, opcodes=("LDG.E.128",)),
    "_pick": Limit(registers=64, shared_kib=1),
    "_agree": Limit(registers=32),
    "kept": Limit(registers=128, shared_kib=1, opcodes=("LDG.E.128",)),
    "judge": Limit(registers=64, shared_kib=1),
    "redraw": Limit(registers=168, shared_kib=1, opcodes=("LDG.E.128",)),
}


def _variant(name: str, *, rows: int, vocab: int, everything: bool = False) -> Variant:
    def call() -> None:
        numbers, integers = meta(rows, 6, dtype=torch.float32), meta(rows, 4, dtype=torch.int64)
        ints = meta(4096, dtype=torch.int32)
        edits = Edits(meta(rows + 1, dtype=torch.int32), ints, ints, meta(4096, dtype=torch.float32))
        bitmask = meta(rows, vocab // 32, dtype=torch.int32)
        asked = DrawRows(numbers, integers, everything, *((edits, bitmask) if everything else ()))
        sample_rows(meta(rows, vocab), asked)

    return Variant(name, call, LIMITS)


def _verified(name: str, *, drawn: bool, filtered: bool = False) -> Variant:
    def call() -> None:
        numbers, integers = meta(64, 6, dtype=torch.float32), meta(64, 4, dtype=torch.int64)
        asked, starts = DrawRows(numbers, integers, filtered), meta(17, dtype=torch.int32)
        proposals = meta(64, 151936, dtype=torch.float32) if drawn else None
        verify_draft(meta(64, 151936), asked, meta(64, dtype=torch.int64), starts, proposals)

    return Variant(name, call, LIMITS)


VARIANTS = (
    _variant("row 1", rows=1, vocab=151936),
    _variant("rows 256", rows=256, vocab=151936),
    _variant("row 1, everything", rows=1, vocab=151936, everything=True),
    _variant("rows 256, everything", rows=256, vocab=128256, everything=True),
    _verified("rows 64, drafts 3", drawn=False),
    _verified("rows 64, drafts 3 drawn", drawn=True),
    _verified("rows 64, drafts 3 drawn, filtered", drawn=True, filtered=True),
)
