"""Every operation in plain torch, its twin: what runs on a CPU, and what a faster kernel must agree with.

Formulas follow transformers step by step, casts included, so that logits agree to rounding.
"""

from inference.kernels.reference.activation import swiglu
from inference.kernels.reference.mla import mla_decode
from inference.kernels.reference.norm import rms_norm
from inference.kernels.reference.paged import extend_attention, paged_attention, write_kv
from inference.kernels.reference.rotary import qk_norm_rope_write, rotate

__all__ = [
    "extend_attention",
    "mla_decode",
    "paged_attention",
    "qk_norm_rope_write",
    "rms_norm",
    "rotate",
    "swiglu",
    "write_kv",
]
