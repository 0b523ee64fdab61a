"""The decoder's operations. Layers call these names; `dispatch` picks a kernel or the twin in `reference` for a call.

Every operation is described where its twin is defined.
"""

from __future__ import annotations

import torch
from torch import Tensor

from inference.kernels.dispatch import run
from inference.kernels.drawing import DrawRows
from inference.kernels.reference.pool import Form, Pooling

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


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    out: Tensor = run("rms_norm", x, weight, eps)
    return out


def rotate(x: Tensor, cos: Tensor, sin: Tensor, interleaved: bool = False) -> Tensor:
    out: Tensor = run("rotate", x, cos, sin, interleaved)
    return out


def qk_norm_rope_write(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    cos: Tensor,
    sin: Tensor,
    cache: Tensor,
    pages: Tensor,
    offsets: Tensor,
    norms: tuple[Tensor, Tensor] | None,
    eps: float,
    interleaved: bool = False,
) -> Tensor:
    out: Tensor = run("qk_norm_rope_write", query, key, value, cos, sin, cache, pages, offsets, norms, eps, interleaved)
    return out


def swiglu(gate_up: Tensor) -> Tensor:
    out: Tensor = run("swiglu", gate_up)
    return out


def write_kv(cache: Tensor, key: Tensor, value: Tensor, pages: Tensor, offsets: Tensor) -> None:
    run("write_kv", cache, key, value, pages, offsets)


def paged_attention(
    query: Tensor,
    cache: Tensor,
    page_table: Tensor,
    seq_lens: Tensor,
    window: int | None,
    scale: float | None = None,
    deterministic: bool = False,
) -> Tensor:
    out: Tensor = run("paged_attention", query, cache, page_table, seq_lens, window, scale, deterministic)
    return out


def extend_attention(
    query: Tensor,
    cache: Tensor,
    page_table: Tensor,
    starts: Tensor,
    seq_lens: Tensor,
    max_new: int,
    window: int | None,
    scale: float | None = None,
    deterministic: bool = False,
) -> Tensor:
    out: Tensor = run(
        "extend_attention", query, cache, page_table, starts, seq_lens, max_new, window, scale, deterministic
    )
    return out


def cascade_attention(
    query: Tensor,
    cache: Tensor,
    page_table: Tensor,
    starts: Tensor,
    seq_lens: Tensor,
    max_new: int,
    groups: Tensor,
    shared: Tensor,
    max_group: int,
    scale: float | None = None,
) -> Tensor:
    out: Tensor = run(
        "cascade_attention",
        query,
        cache,
        page_table,
        starts,
        seq_lens,
        max_new,
        groups,
        shared,
        max_group,
        scale,
    )
    return out


def mla_decode(
    query: Tensor,
    cache: Tensor,
    page_table: Tensor,
    seq_lens: Tensor,
    n_latent: int,
    scale: float,
    deterministic: bool = False,
) -> Tensor:
    out: Tensor = run("mla_decode", query, cache, page_table, seq_lens, n_latent, scale, deterministic)
    return out


def mla_extend(
    query: Tensor,
    up: Tensor,
    cache: Tensor,
    page_table: Tensor,
    starts: Tensor,
    seq_lens: Tensor,
    scale: float,
    deterministic: bool = False,
) -> Tensor:
    out: Tensor = run("mla_extend", query, up, cache, page_table, starts, seq_lens, scale, deterministic)
    return out


def linear_skinny(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    scale: Tensor | None = None,
    norm: Tensor | None = None,
    eps: float = 0.0,
    gated: bool = False,
    residual: Tensor | None = None,
) -> Tensor:
    out: Tensor = run("linear_skinny", x, weight, bias, scale, norm, eps, gated, residual)
    return out


def quantise_rows(x: Tensor) -> tuple[Tensor, Tensor]:
    out: tuple[Tensor, Tensor] = run("quantise_rows", x)
    return out


def fp8_linear(
    x: Tensor, x_scale: Tensor, weight: Tensor, scale: Tensor, bias: Tensor | None, dtype: torch.dtype
) -> Tensor:
    out: Tensor = run("fp8_linear", x, x_scale, weight, scale, bias, dtype)
    return out


def w4a16_linear(
    x: Tensor, packed: Tensor, scale: Tensor, zero: Tensor, order: Tensor | None = None, bias: Tensor | None = None
) -> Tensor:
    out: Tensor = run("w4a16_linear", x, packed, scale, zero, order, bias)
    return out


def moe_experts(
    hidden: Tensor,
    gate_up: Tensor,
    down: Tensor,
    experts: Tensor,
    weights: Tensor,
    scales: tuple[Tensor, Tensor] | None = None,
    zeros: tuple[Tensor, Tensor] | None = None,
) -> Tensor:
    out: Tensor = run("moe_experts", hidden, gate_up, down, experts, weights, scales, zeros)
    return out


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
    result: Tensor = run("lora_apply", x, out, down, up, scale, starts, adapters, max_new)
    return result


def add_rms_norm(x: Tensor, residual: Tensor, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    out: tuple[Tensor, Tensor] = run("add_rms_norm", x, residual, weight, eps)
    return out


def add_rms_norm_fp8(x: Tensor, residual: Tensor | None, weight: Tensor, eps: float) -> tuple[Tensor, Tensor, Tensor]:
    out: tuple[Tensor, Tensor, Tensor] = run("add_rms_norm_fp8", x, residual, weight, eps)
    return out


def swiglu_fp8(gate_up: Tensor) -> tuple[Tensor, Tensor]:
    out: tuple[Tensor, Tensor] = run("swiglu_fp8", gate_up)
    return out


def pool_normalise(
    hidden: Tensor, starts: Tensor, lengths: Tensor, pooling: Pooling, dimensions: int, form: Form = "float"
) -> Tensor:
    out: Tensor = run("pool_normalise", hidden, starts, lengths, pooling, dimensions, form)
    return out


def sample_rows(logits: Tensor, rows: DrawRows) -> Tensor:
    out: Tensor = run("sample_rows", logits, rows)
    return out


def verify_draft(
    logits: Tensor, rows: DrawRows, drafts: Tensor, starts: Tensor, proposals: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    out: tuple[Tensor, Tensor] = run("verify_draft", logits, rows, drafts, starts, proposals)
    return out


def advance_rows(
    history: Tensor,
    lengths: Tensor,
    new_tokens: Tensor,
    n_new: Tensor,
    least: Tensor,
    limits: Tensor,
    stops: Tensor,
    n_drafts: int,
) -> tuple[Tensor, Tensor, Tensor]:
    out: tuple[Tensor, Tensor, Tensor] = run(
        "advance_rows", history, lengths, new_tokens, n_new, least, limits, stops, n_drafts
    )
    return out
