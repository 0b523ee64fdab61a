"""What texts are embedded with, whatever its architecture: rows of token ids in, a vector a row out."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from inference.kernels.reference.pool import Pooling


class Encoder(Protocol):
    """Thread-compatible: one caller at a time."""

    dimension: int
    vocab_size: int
    max_positions: int
    """Tokens of the longest row."""

    def vectors(self, rows: list[list[int]], pooling: Pooling, *, normalise: bool) -> Tensor:
        """A vector for each row, none of them empty: (n_rows, dimension) fp32, of length 1 if normalised."""
        ...
