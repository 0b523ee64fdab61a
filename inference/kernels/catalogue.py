"""Which kernels there are: operation, file, dtypes, and the shapes each takes. Imports no Triton.

`bucket` gets the arguments of the call and names the bucket whose configuration applies, or returns None when the
kernel does not take these shapes. It reads shapes and plain numbers only: a look at a value would wait for the GPU.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from inference.kernels.drawing import DrawRows
from inference.kernels.kv_format import EIGHT_BITS

HALVES = frozenset({torch.bfloat16, torch.float16})
FLOATS = HALVES | {torch.float32}
E4M3 = frozenset({torch.float8_e4m3fn})
INTEGERS = frozenset({torch.int32})


@dataclass(frozen=True, slots=True)
class Kernel:
    name: str
    """kernels/triton/<name>.py defines a function with the operation's name; variants/ and tuned/ use it too."""
    bucket: Callable[..., str | None]
    dtypes: frozenset[torch.dtype] = FLOATS


def _paged(
    query: Tensor,
    cache: Tensor,
    page_table: Tensor,
    seq_lens: Tensor,
    window: int | None,
    scale: float | None = None,
    deterministic: bool = False,
) -> str | None:
    rows, q_len, n_heads, head_dim = query.shape
    group = n_heads // cache.shape[2]
    if q_len > 4 or head_dim > 256:
        return None
    return f"d{head_dim} g{group} q{q_len} {_shared(rows, 'rows', deterministic)}{_bits(cache)}"


def _extended(
    query: Tensor,
    cache: Tensor,
    page_table: Tensor,
    starts: Tensor,
    seq_lens: Tensor,
    max_new: int,
    window: int | None,
    scale: float | None = None,
    deterministic: bool = False,
) -> str | None:
    n_heads, head_dim = query.shape[1:]
    # The tensor copy engine takes rows of whole 16 bytes.
    if head_dim > 256 or head_dim * cache.element_size() % 16 or not cache.is_contiguous():
        return None
    return f"d{head_dim} g{n_heads // cache.shape[2]} {_shared(max_new, 'new', deterministic)}{_bits(cache)}"


def _cascade(
    query: Tensor,
    cache: Tensor,
    page_table: Tensor,
    starts: Tensor,
    seq_lens: Tensor,
    max_new: int,
    groups: Tensor,
    shared: Tensor,
    max_group: int,
    *_: object,
) -> str | None:
    n_heads, head_dim = query.shape[1:]
    if head_dim > 256:
        return None
    return f"d{head_dim} g{n_heads // cache.shape[2]} new{_power(max_new)} group{_power(max_group)}{_bits(cache)}"


def _written(
    query: Tensor, key: Tensor, value: Tensor, cos: Tensor, sin: Tensor, cache: Tensor, *_: object
) -> str | None:
    n_tokens, n_heads, head_dim = query.shape
    if head_dim % 2:
        return None
    return f"d{head_dim} heads{n_heads}+{key.shape[1]} tokens{_power(n_tokens)}{_bits(cache)}"


def _latent(
    query: Tensor,
    cache: Tensor,
    page_table: Tensor,
    seq_lens: Tensor,
    n_latent: int,
    scale: float,
    deterministic: bool = False,
) -> str | None:
    rows, q_len, n_heads, width = query.shape
    rotary = width - n_latent
    if q_len > 4 or _power(n_latent) != n_latent or _power(rotary) != rotary or min(n_latent, rotary) < 16:
        return None
    return f"l{n_latent} heads{n_heads} q{q_len} {_shared(rows, 'rows', deterministic)}"


def _expanded(
    query: Tensor,
    up: Tensor,
    cache: Tensor,
    page_table: Tensor,
    starts: Tensor,
    seq_lens: Tensor,
    scale: float,
    deterministic: bool = False,
) -> str | None:
    n_tokens, n_heads, width = query.shape
    latent = up.shape[2]
    plain = width - (cache.shape[2] - latent)
    if max(width, up.shape[1] - plain) > 256 or query.stride(2) != 1 or not up.is_contiguous():
        return None
    return f"l{latent} heads{n_heads} {plain}+{width - plain} {_shared(max(1, n_tokens), 'tokens', deterministic)}"


def _skinny(x: Tensor, weight: Tensor, *_: object) -> str | None:
    if x.dim() != 2 or x.shape[0] > 64 or not (x.stride(1) == 1 and weight.is_contiguous()):
        return None
    stored = "e4m3" if weight.dtype == torch.float8_e4m3fn else "whole"
    return f"{stored} {weight.shape[1]}x{weight.shape[0]} rows{_power(x.shape[0])}"


def _scaled(
    x: Tensor, x_scale: Tensor, weight: Tensor, scale: Tensor, bias: Tensor | None, dtype: torch.dtype
) -> str | None:
    # The tensor copy engine takes rows of whole 16 bytes.
    if x.shape[1] % 16 or not (x.is_contiguous() and weight.is_contiguous()):
        return None
    return f"{x.shape[1]}x{weight.shape[0]} rows{_power(x.shape[0])} {str(dtype).removeprefix('torch.')}"


def _rounded(x: Tensor) -> str | None:
    return f"{x.shape[1]}" if x.dim() == 2 and x.stride(1) == 1 and x.shape[1] <= 32768 else None


def _grouped(x: Tensor, packed: Tensor, scale: Tensor, *_: object) -> str | None:
    if x.dim() != 2 or x.stride(1) != 1:
        return None
    return f"{x.shape[1]}x{scale.shape[0]} groups{scale.shape[1]} rows{_power(x.shape[0])}"


def _asked(
    hidden: Tensor,
    gate_up: Tensor,
    down: Tensor,
    experts: Tensor,
    weights: Tensor,
    scales: tuple[Tensor, Tensor] | None = None,
    zeros: tuple[Tensor, Tensor] | None = None,
) -> str | None:
    if hidden.stride(1) != 1 or not all(each.is_contiguous() for each in (gate_up, down, experts, weights)):
        return None
    n_experts, size, intermediate = down.shape
    if zeros is None:
        return f"{n_experts} of {size}x{intermediate} k{experts.shape[1]} tokens{_power(hidden.shape[0])}"
    return f"{n_experts} of {size}x{2 * intermediate} 4bit k{experts.shape[1]} tokens{_power(hidden.shape[0])}"


def _adapted(
    x: Tensor, out: Tensor, down: Tensor, up: Tensor, scale: Tensor, starts: Tensor, adapters: Tensor, max_new: int
) -> str | None:
    rank = up.shape[2]
    if rank > 128 or x.stride(1) != 1 or out.stride(1) != 1 or not (down.is_contiguous() and up.is_contiguous()):
        return None
    return f"{x.shape[1]}x{up.shape[1]} rank{rank} new{_power(max_new)}"


def _rows(x: Tensor, *others: object) -> str | None:
    rows = (x, *(other for other in others if isinstance(other, Tensor) and other.dim() == 2))
    if x.shape[-1] > 8192 or not all(row.dim() == 2 and row.stride(1) == 1 for row in rows):
        return None
    return f"{x.shape[1]} rows{_power(x.shape[0])}"


def _gated(gate_up: Tensor) -> str | None:
    if gate_up.dim() != 2 or gate_up.stride(1) != 1 or gate_up.shape[1] > 65536:
        return None
    return f"{gate_up.shape[1]} rows{_power(gate_up.shape[0])}"


def _sampled(logits: Tensor, rows: DrawRows) -> str | None:
    if logits.dim() != 2 or logits.stride(1) != 1:
        return None
    return f"{logits.shape[1]}{' filtered' if rows.filtered else ''} rows{_power(max(1, logits.shape[0]))}"


def _verified(
    logits: Tensor, rows: DrawRows, drafts: Tensor, starts: Tensor, proposals: Tensor | None = None
) -> str | None:
    if not drafts.is_contiguous() or (proposals is not None and proposals.stride(1) != 1):
        return None
    bucket = _sampled(logits, rows)
    return bucket if bucket is None or proposals is None else bucket + " proposals"


def _pooled(
    hidden: Tensor, starts: Tensor, lengths: Tensor, pooling: str, dimensions: int, form: str = "float"
) -> str | None:
    if hidden.stride(1) != 1 or dimensions > 8192:
        return None
    return f"{pooling} {dimensions} {form} rows{_power(max(1, starts.shape[0]))}"


def _advanced(
    history: Tensor,
    lengths: Tensor,
    new_tokens: Tensor,
    n_new: Tensor,
    least: Tensor,
    limits: Tensor,
    stops: Tensor,
    n_drafts: int,
) -> str | None:
    rows, most = new_tokens.shape
    given = (history, lengths, new_tokens, n_new, least, limits, stops)
    if most == 0 or history.shape[1] >= 1 << 27 or not all(each.is_contiguous() for each in given):
        return None
    return f"new{most} drafts{n_drafts} rows{_power(max(1, rows))}"


CATALOGUE: Mapping[str, Kernel] = {
    "add_rms_norm": Kernel("norms", _rows),
    "add_rms_norm_fp8": Kernel("norms", _rows),
    "advance_rows": Kernel("advance", _advanced, INTEGERS),
    "cascade_attention": Kernel("cascade", _cascade),
    "extend_attention": Kernel("paged_extend", _extended),
    "fp8_linear": Kernel("fp8_linear", _scaled, E4M3),
    "linear_skinny": Kernel("linear_skinny", _skinny),
    "lora_apply": Kernel("lora_apply", _adapted),
    "mla_decode": Kernel("mla_decode", _latent),
    "mla_extend": Kernel("mla_extend", _expanded),
    "moe_experts": Kernel("moe_experts", _asked),
    "paged_attention": Kernel("paged_decode", _paged),
    "qk_norm_rope_write": Kernel("rope_write", _written),
    "pool_normalise": Kernel("pooling", _pooled),
    "quantise_rows": Kernel("fp8_linear", _rounded),
    "rms_norm": Kernel("norms", _rows),
    "sample_rows": Kernel("sampler", _sampled),
    "swiglu": Kernel("gates", _gated),
    "swiglu_fp8": Kernel("gates", _gated),
    "verify_draft": Kernel("sampler", _verified),
    "w4a16_linear": Kernel("w4a16_linear", _grouped),
}


def _shared(n: int, what: str, deterministic: bool) -> str:
    """How large the batch is; where no result may depend on that, no configuration may either."""
    return "deterministic" if deterministic else f"{what}{_power(n)}"


def _bits(cache: Tensor) -> str:
    return " kv8" if cache.dtype == EIGHT_BITS else ""


def _power(n: int) -> int:
    """The power of two that n is counted with."""
    return 1 << (n - 1).bit_length()
