"""Makes one vector of a row's many. Knows no model."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from inference import kernels
from inference.kernels.reference.pool import Pooling, pool


def pooled(hidden: Tensor, starts: Sequence[int], lengths: Sequence[int], pooling: Pooling, normalise: bool) -> Tensor:
    """hidden: (n_tokens, dimension); starts, lengths: where each row's tokens begin, and how many they are.

    Returns (n_rows, dimension) fp32, of length 1 if normalised.
    """
    first, many = (torch.tensor(each, dtype=torch.int32, device=hidden.device) for each in (starts, lengths))
    if normalise:
        return kernels.pool_normalise(hidden, first, many, pooling, hidden.shape[1])
    return pool(hidden, first, many, pooling)
