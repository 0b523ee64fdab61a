"""Every operation in plain torch, its twin: what runs on a CPU, and what a faster kernel must agree with.

Formulas follow transformers step by step, casts included, so that logits agree to rounding.
"""

from inference.kernels.reference.activation import swiglu
from inference.kernels.reference.advance import advance_rows
from inference.kernels.reference.cascade import cascade_attention
from inference.kernels.reference.fused import add_rms_norm_fp8, swiglu_fp8
from inference.kernels.reference.linear import fp8_linear, linear_skinny, quantise_rows, w4a16_linear
from inference.kernels.reference.lora import lora_apply
from inference.kernels.reference.mla import mla_decode, mla_extend
from inference.kernels.reference.moe import moe_experts
from inference.kernels.reference.norm import add_rms_norm, rms_norm
from inference.kernels.reference.paged import extend_attention, paged_attention, write_kv
from inference.kernels.reference.pool import pool_normalise
from inference.kernels.reference.rotary import qk_norm_rope_write, rotate
from inference.kernels.reference.sample import sample_rows
from inference.kernels.reference.verify import verify_draft

__all__ = [
    "add_rms_norm",
    "add_rms_norm_fp8",
    "advance_rows",
    "cascade_attention",
    "extend_attention",
    "fp8_linear",
    "linear_skinny",
    "lora_apply",
    "mla_decode",
    "mla_extend",
    "moe_experts",
    "paged_attention",
    "pool_normalise",
    "qk_norm_rope_write",
    "quantise_rows",
    "rms_norm",
    "rotate",
    "sample_rows",
    "swiglu",
    "swiglu_fp8",
    "verify_draft",
    "w4a16_linear",
    "write_kv",
]
