"""Vectors of texts from vectors of their tokens, in plain torch. Knows no encoder."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Pooling = Literal["mean", "first", "last"]
"""first: the CLS token."""
Form = Literal["float", "int8", "binary"]


def pool_normalise(
    hidden: Tensor, starts: Tensor, lengths: Tensor, pooling: Pooling, dimensions: int, form: Form = "float"
) -> Tensor:
    """One vector of length 1 for each row. All arithmetic is fp32.

    hidden: (n_tokens, size); starts, lengths: (rows,) int32, where a row's tokens begin and how many they are: padded
    batches and packed ones look alike. dimensions: how many of the first components count (Matryoshka, arXiv
    2205.13147): the rest is cut off before a vector is normalised. A row of no tokens gives zeros.
    Returns, by form: "float" (rows, dimensions) fp32; "int8" (rows, dimensions), each vector stretched until its
    largest component is 127: directions stay, lengths do not; "binary" (rows, ceil(dimensions / 8)) uint8, the
    components above 0, the first in the highest bit, as numpy.packbits.
    """
    pooled = pool(hidden[:, :dimensions], starts, lengths, pooling)
    if form == "int8":
        highest = pooled.abs().amax(-1, keepdim=True)
        return (pooled * (127 / highest.clamp(min=1e-30))).round().to(torch.int8)
    if form == "binary":
        bits = torch.nn.functional.pad(pooled > 0, (0, -dimensions % 8)).view(len(starts), -1, 8)
        powers = 1 << torch.arange(7, -1, -1, device=hidden.device)
        return (bits * powers).sum(-1).to(torch.uint8)
    return torch.nn.functional.normalize(pooled, dim=-1)


def pool(hidden: Tensor, starts: Tensor, lengths: Tensor, pooling: Pooling) -> Tensor:
    """The vectors before they are normalised, (rows, size) fp32; arguments as above."""
    pooled = torch.zeros(len(starts), hidden.shape[1], device=hidden.device)
    for row, (start, length) in enumerate(zip(starts.tolist(), lengths.tolist(), strict=True)):
        if length:
            part = {"mean": slice(start, start + length), "first": slice(start, start + 1)}.get(
                pooling, slice(start + length - 1, start + length)
            )
            pooled[row] = hidden[part].float().sum(0) / (length if pooling == "mean" else 1)
    return pooled
