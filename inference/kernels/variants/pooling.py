"""Pooling at the widths of MiniLM, BGE-large and Qwen3-Embedding-8B, and the forms a vector may have."""

from __future__ import annotations

import torch

from inference.kernels.reference.pool import Form, Pooling
from inference.kernels.triton.pooling import pool_normalise
from inference.kernels.variants import Limit, Variant, meta

POOL = {"_pool": Limit(registers=128, shared_kib=18, opcodes=("LDG.E.128",))}


def _variant(size: int, pooling: Pooling, dimensions: int, form: Form = "float") -> Variant:
    def call() -> None:
        row = meta(256, dtype=torch.int32)
        pool_normalise(meta(8192, size), row, row, pooling, dimensions, form)

    return Variant(f"{size} {pooling} {dimensions} {form}", call, POOL)


VARIANTS = (
    _variant(384, "mean", 384),
    _variant(1024, "first", 1024),
    _variant(4096, "last", 1024),
    _variant(4096, "last", 4096),
    _variant(1024, "mean", 1024, "int8"),
    _variant(1024, "mean", 512, "binary"),
)
