"""Low-rank adapters in plain torch (LoRA, arXiv 2106.09685), many in one batch. Knows no layer."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def lora_apply(
    x: Tensor,
    out: Tensor,
    down: Tensor,
    up: Tensor,
    scale: Tensor,
    starts: Tensor,
    adapters: Tensor,
    max_new: int,
) -> Tensor:
    """What a linear layer said, with each sequence's adapter added: out + scale * (x @ down.T) @ up.T.

    x: (n_tokens, n_in); out: (n_tokens, n_out), what the layer itself made of x, left as it is; down: (n_adapters,
    rank, n_in), up: (n_adapters, n_out, rank), zeros beyond an adapter's own rank; scale: (n_adapters,) fp32; starts:
    (segments + 1,) int32, where each segment's tokens begin, and the end; adapters: (segments,) int32, whose they
    are, -1: nobody's; max_new: the longest segment's length. Returns (n_tokens, n_out) in x's dtype.
    """
    result = out.clone()
    bounds = starts.tolist()
    for segment, adapter in enumerate(adapters.tolist()):
        rows = slice(bounds[segment], bounds[segment + 1])
        if adapter >= 0:
            shrunk = F.linear(x[rows], down[adapter])
            result[rows] += (F.linear(shrunk, up[adapter]).float() * scale[adapter]).to(x.dtype)
    return result
