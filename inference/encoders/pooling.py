"""Makes one vector of a row's many. Knows padded batches; nothing of models."""

from __future__ import annotations

import torch
from torch import Tensor

from inference.encoders.base import Pooling


def pool(hidden: Tensor, real: Tensor, pooling: Pooling) -> Tensor:
    """hidden: (n_rows, longest, dimension); real: (n_rows, longest) bool, padding behind. (n_rows, dimension)."""
    if pooling == "cls":
        return hidden[:, 0]
    if pooling == "lasttoken":
        return hidden[torch.arange(len(hidden)), real.sum(1) - 1]
    weight = real[:, :, None].to(hidden.dtype)
    return (hidden * weight).sum(1) / weight.sum(1)
