"""What texts are embedded with, whatever its architecture: rows of token ids in, a vector a row out."""

from __future__ import annotations

from typing import Literal, Protocol

from torch import Tensor

Pooling = Literal["mean", "cls", "lasttoken"]


class Encoder(Protocol):
    """Thread-compatible: one caller at a time."""

    dimension: int
    vocab_size: int
    max_positions: int
    """Tokens of the longest row."""

    def pooled(self, rows: list[list[int]], pooling: Pooling) -> Tensor:
        """A vector for each row, none of them empty: (n_rows, dimension), not normalised."""
        ...
