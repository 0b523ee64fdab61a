"""The residual stream between a decoder's blocks. Knows norms; nothing of products."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from inference import kernels
from inference.layers.norm import RMSNorm


@dataclass(frozen=True, slots=True)
class Stream:
    """What a block made is added where the stream is read next: sum and norm are one pass over both then."""

    total: Tensor
    """(n_tokens, hidden)."""
    news: Tensor | None = None
    """(n_tokens, hidden), not in `total` yet; None: everything is."""

    def settled(self) -> Tensor:
        """The stream as one tensor."""
        return self.total if self.news is None else self.total + self.news

    def normed(self, norm: RMSNorm) -> tuple[Tensor, Tensor]:
        """The stream normalised, and as it is."""
        if self.news is None:
            return norm(self.total), self.total
        return kernels.add_rms_norm(self.news, self.total, norm.weight, norm.eps)

    def rounded(self, norm: RMSNorm) -> tuple[Tensor, Tensor, Tensor]:
        """`normed` for products of e4m3: values and scales as `kernels.quantise_rows` makes them, and the stream."""
        if self.news is None:
            return kernels.add_rms_norm_fp8(self.total, None, norm.weight, norm.eps)
        return kernels.add_rms_norm_fp8(self.news, self.total, norm.weight, norm.eps)
