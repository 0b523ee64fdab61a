"""The decoder's operations. Layers call these names; `dispatch` picks a kernel or the twin in `reference` for a call.

Every operation is described where its twin is defined.
"""

from __future__ import annotations

from torch import Tensor

from inference.kernels.dispatch import run

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
    query: Tensor, cache: Tensor, page_table: Tensor, seq_lens: Tensor, window: int | None, scale: float | None = None
) -> Tensor:
    out: Tensor = run("paged_attention", query, cache, page_table, seq_lens, window, scale)
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
) -> Tensor:
    out: Tensor = run("extend_attention", query, cache, page_table, starts, seq_lens, max_new, window, scale)
    return out


def mla_decode(
    query: Tensor, cache: Tensor, page_table: Tensor, seq_lens: Tensor, n_latent: int, scale: float
) -> Tensor:
    out: Tensor = run("mla_decode", query, cache, page_table, seq_lens, n_latent, scale)
    return out
