"""Calls of every kernel in the catalogue: tiny ones for rehearsals, and those of Qwen3-0.6B, Qwen3-8B, Llama-3.1-8B,
a mixture of experts and DeepSeek's latent attention for a GPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch

from inference.bench.inputs import PAGE, Inputs
from inference.kernels import reference
from inference.kernels.drawing import DrawRows
from inference.kernels.kv_format import eight_bits

Make = Callable[..., tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Case:
    operation: str
    shape: tuple[int, ...]

    def arguments(self, inputs: Inputs) -> tuple[Any, ...]:
        return _MAKERS[self.operation](inputs, *self.shape)

    @property
    def name(self) -> str:
        return "x".join(map(str, self.shape))


def cases(operation: str, *, tiny: bool) -> Iterator[Case]:
    for shape in (_TINY if tiny else _REAL)[operation]:
        yield Case(operation, shape)


def _normed(inputs: Inputs, rows: int, size: int) -> tuple[Any, ...]:
    return inputs.random(rows, size), inputs.random(size), 1e-6


def _added(inputs: Inputs, rows: int, size: int) -> tuple[Any, ...]:
    return inputs.random(rows, size), inputs.random(rows, size), inputs.random(size), 1e-6


def _gated(inputs: Inputs, rows: int, size: int) -> tuple[Any, ...]:
    return (inputs.random(rows, 2 * size),)


def _advanced(inputs: Inputs, rows: int, length: int, n_drafts: int) -> tuple[Any, ...]:
    history = torch.randint(0, 30, (rows, length + 8), dtype=torch.int32, device=inputs.device)
    new = torch.randint(0, 30, (rows, n_drafts + 1), dtype=torch.int32, device=inputs.device)
    said = [row % (n_drafts + 1) + 1 for row in range(rows)]
    limits, stops = inputs.ints([length + 4 + row % 9 for row in range(rows)]), inputs.ints([[7, -1]] * rows)
    lengths = inputs.ints([length] * rows)
    return history, lengths, new, inputs.ints(said), inputs.ints([0] * rows), limits, stops, n_drafts


def _extended(
    inputs: Inputs, kv_heads: int, group: int, dim: int, rows: int, new: int, old: int, eight: int
) -> tuple[Any, ...]:
    width = -(-(new + old) // PAGE)
    whole, table, seq_lens = inputs.paged([new + old] * rows, width, 2, kv_heads, dim)
    cache = eight_bits(whole) if eight else whole
    starts = inputs.ints([new * row for row in range(rows + 1)])
    return inputs.random(rows * new, kv_heads * group, dim), cache, table, starts, seq_lens, new, None


def _siblings(
    inputs: Inputs, kv_heads: int, group: int, dim: int, rows: int, shared: int, own: int, q: int, eight: int
) -> tuple[Any, ...]:
    """Two groups of rows; each has `shared` tokens in common and about `own` more of each row."""
    lengths = [shared + own + q + row % 7 for row in range(2 * rows)]
    whole, table, seq_lens = inputs.paged(lengths, -(-max(lengths) // PAGE), 2, kv_heads, dim)
    n_pages = shared // PAGE
    for first in (0, rows):
        table[first : first + rows, :n_pages] = table[first, :n_pages].clone()
    cache = eight_bits(whole) if eight else whole
    starts, groups = inputs.ints([q * row for row in range(2 * rows + 1)]), inputs.ints([0, rows, 2 * rows])
    query = inputs.random(2 * rows * q, kv_heads * group, dim)
    return query, cache, table, starts, seq_lens, q, groups, inputs.ints([n_pages] * 2 * rows), rows * q


def _decoded(
    inputs: Inputs, kv_heads: int, group: int, dim: int, rows: int, context: int, q: int, eight: int
) -> tuple[Any, ...]:
    lengths = [context] * (rows - 1) + [max(q, context // 3)]
    whole, table, seq_lens = inputs.paged(lengths, -(-context // PAGE), 2, kv_heads, dim)
    cache = eight_bits(whole) if eight else whole
    return inputs.random(rows, q, kv_heads * group, dim), cache, table, seq_lens, None


def _latent(inputs: Inputs, heads: int, latent: int, rotary: int, rows: int, context: int) -> tuple[Any, ...]:
    cache, table, seq_lens = inputs.paged([context] * rows, -(-context // PAGE), latent + rotary)
    return inputs.random(rows, 1, heads, latent + rotary), cache, table, seq_lens, latent, 0.07


def _expanded(inputs: Inputs, heads: int, latent: int, rotary: int, rows: int, new: int, old: int) -> tuple[Any, ...]:
    """Keys and values of two rotary parts' size, as DeepSeek has them."""
    cache, table, seq_lens = inputs.paged([new + old] * rows, -(-(new + old) // PAGE), latent + rotary)
    starts = inputs.ints([new * row for row in range(rows + 1)])
    up = inputs.random(heads, 4 * rotary, latent) / latent**0.5
    return inputs.random(rows * new, heads, 3 * rotary), up, cache, table, starts, seq_lens, 0.07


def _scaled(inputs: Inputs, rows: int, n_in: int, n_out: int) -> tuple[Any, ...]:
    x, x_scale = reference.quantise_rows(inputs.random(rows, n_in))
    weight, scale = reference.quantise_rows(inputs.random(n_out, n_in) / n_in**0.5)
    return x, x_scale, weight, scale, None, inputs.dtype


def _skinny(inputs: Inputs, rows: int, n_in: int, n_out: int) -> tuple[Any, ...]:
    return inputs.random(rows, n_in), inputs.random(n_out, n_in) / n_in**0.5, None, None, None, 0.0, False, None


def _nibbles(inputs: Inputs, rows: int, n_in: int, n_out: int) -> tuple[Any, ...]:
    return inputs.random(rows, n_in), *inputs.nibbles((n_out,), n_in, max(1, n_in // 128)), None, None


def _adapted(inputs: Inputs, rows: int, n_in: int, n_out: int, rank: int) -> tuple[Any, ...]:
    down, up = inputs.random(4, rank, n_in) / n_in**0.5, inputs.random(4, n_out, rank) / rank**0.5
    scale = torch.rand(4, device=inputs.device)
    starts, whose = inputs.ints(list(range(rows + 1))), inputs.ints([row % 5 - 1 for row in range(rows)])
    return inputs.random(rows, n_in), inputs.random(rows, n_out), down, up, scale, starts, whose, 1


def _asked(inputs: Inputs, rows: int, n_experts: int, k: int, size: int, inner: int, four: int) -> tuple[Any, ...]:
    experts = torch.stack([torch.randperm(n_experts, device=inputs.device)[:k] for _ in range(rows)])
    asked = experts, torch.rand(rows, k, device=inputs.device)
    hidden = inputs.random(rows, size)
    if four:
        up = inputs.nibbles((n_experts, 2 * inner), size, max(1, size // 128))
        down = inputs.nibbles((n_experts, size), inner, max(1, inner // 128))
        return hidden, up[0], down[0], *asked, (up[1], down[1]), (up[2], down[2])
    gate_up = inputs.random(n_experts, 2 * inner, size) / size**0.5
    return hidden, gate_up, inputs.random(n_experts, size, inner) / inner**0.5, *asked, None, None


def _written(inputs: Inputs, rows: int, heads: int, kv_heads: int, dim: int, norm: int, eight: int) -> tuple[Any, ...]:
    query, key, value = torch.split(inputs.random(rows, heads + 2 * kv_heads, dim), [heads, kv_heads, kv_heads], dim=1)
    angle = torch.rand(rows, 1, dim // 2, device=inputs.device) * 6
    cos, sin = angle.cos().to(inputs.dtype), angle.sin().to(inputs.dtype)
    norms = (inputs.random(dim), inputs.random(dim)) if norm else None
    whole = inputs.random(2, rows // PAGE + 2, kv_heads, PAGE, dim)
    cache = eight_bits(whole) if eight else whole
    place = torch.randperm(PAGE * (rows // PAGE + 1), device=inputs.device)[:rows]
    return query, key, value, cos, sin, cache, 1 + place // PAGE, place % PAGE, norms, 1e-6, False


def _pooled(inputs: Inputs, rows: int, length: int, size: int) -> tuple[Any, ...]:
    lengths = [1 + (row * 7) % length for row in range(rows)]
    starts = [0, *accumulate(lengths)]
    return inputs.random(starts[-1], size), inputs.ints(starts[:-1]), inputs.ints(lengths), "mean", size, "float"


def _drawing(inputs: Inputs, rows: int, filtered: int) -> DrawRows:
    numbers = [[0.8 * (row % 4 > 0), 0.9 if filtered else 1.0, 0.0, 1.0, 0.0, 0.0] for row in range(rows)]
    integers = [[(row + 1) * 0x123456789A, 10 + row, 40 * filtered, -1] for row in range(rows)]
    return DrawRows(
        torch.tensor(numbers, device=inputs.device), torch.tensor(integers, device=inputs.device), bool(filtered)
    )


def _sampled(inputs: Inputs, rows: int, vocab: int, filtered: int) -> tuple[Any, ...]:
    return inputs.random(rows, vocab) * 3, _drawing(inputs, rows, filtered)


def _verified(inputs: Inputs, rows: int, vocab: int, filtered: int, proposed: int) -> tuple[Any, ...]:
    """Sequences of four rows; the first draft of each is right. proposed: all were drawn from others' logits."""
    logits, drawing = _sampled(inputs, 4 * rows, vocab, filtered)
    starts = inputs.ints([4 * row for row in range(rows + 1)])
    at = torch.arange(4 * rows, device=inputs.device) % 4
    if proposed:
        others = logits.float() + torch.randn(logits.shape, device=inputs.device)
        drawn = reference.sample_rows(others, _drawing(inputs, 4 * rows, 0))
        return logits, drawing, torch.where(at == 3, -1, drawn), starts, others.softmax(-1)
    drawn = reference.sample_rows(logits.clone(), drawing)
    return logits, drawing, torch.where(at == 3, -1, torch.where(at == 0, drawn, 0)).to(torch.int64), starts


_MAKERS: Mapping[str, Make] = {
    "add_rms_norm": _added,
    "add_rms_norm_fp8": _added,
    "advance_rows": _advanced,
    "cascade_attention": _siblings,
    "extend_attention": _extended,
    "fp8_linear": _scaled,
    "linear_skinny": _skinny,
    "lora_apply": _adapted,
    "mla_decode": _latent,
    "mla_extend": _expanded,
    "moe_experts": _asked,
    "paged_attention": _decoded,
    "qk_norm_rope_write": _written,
    "pool_normalise": _pooled,
    "quantise_rows": lambda inputs, rows, size: (inputs.random(rows, size),),
    "rms_norm": _normed,
    "sample_rows": _sampled,
    "swiglu": _gated,
    "swiglu_fp8": _gated,
    "verify_draft": _verified,
    "w4a16_linear": _nibbles,
}
Shapes = Mapping[str, tuple[tuple[int, ...], ...]]
_NORMS = ((1, 1024), (64, 4096), (2048, 4096))
_GATES = ((1, 3072), (64, 12288), (2048, 14336))
_PRODUCTS = ((1, 1024, 4096), (1, 4096, 6144), (16, 4096, 24576), (64, 14336, 4096))
_DRAWS = ((1, 151936, 0), (64, 151936, 0), (64, 128256, 1))
_CONTEXTS = ((1, 1024), (1, 32768), (8, 4096), (64, 2048), (256, 1024))
_REAL: Shapes = {
    "add_rms_norm": _NORMS,
    "add_rms_norm_fp8": _NORMS,
    "rms_norm": _NORMS,
    "advance_rows": ((1, 300, 3), (256, 4000, 3)),
    "cascade_attention": (
        *((8, 4, 128, 16, 4096, 256, q, eight) for q in (1, 4) for eight in (0, 1)),
        (8, 2, 128, 4, 2048, 500, 1, 0),
    ),
    "extend_attention": (
        *((8, 4, 128, 1, 4096, 0, eight) for eight in (0, 1)),
        *((8, 2, 128, 4, 500, 1000, eight) for eight in (0, 1)),
        (8, 4, 128, 2, 64, 8192, 0),
    ),
    "fp8_linear": (*_PRODUCTS, (2048, 4096, 6144)),
    "linear_skinny": _PRODUCTS,
    "lora_apply": ((1, 4096, 4096, 16), (64, 4096, 6144, 64)),
    "mla_decode": ((16, 512, 64, 1, 4096), (128, 512, 64, 16, 2048)),
    "mla_extend": ((16, 512, 64, 1, 2048, 0), (128, 512, 64, 1, 512, 4000), (16, 512, 64, 4, 64, 1000)),
    "moe_experts": tuple((rows, 128, 8, 2048, 768, four) for rows in (1, 64) for four in (0, 1)),
    "paged_attention": (
        *((8, 4, 128, rows, context, 1, 0) for rows, context in _CONTEXTS),
        *((8, 4, 128, rows, context, 1, 1) for rows, context in _CONTEXTS),
        *((8, 2, 128, rows, context, 1, 0) for rows, context in _CONTEXTS),
        (8, 4, 128, 16, 1024, 4, 0),
    ),
    "qk_norm_rope_write": (
        *((1, 16, 8, 128, 1, eight) for eight in (0, 1)),
        *((64, 32, 8, 128, 0, eight) for eight in (0, 1)),
        (2048, 32, 8, 128, 1, 0),
    ),
    "pool_normalise": ((1, 64, 384), (256, 128, 1024)),
    "quantise_rows": _NORMS,
    "sample_rows": _DRAWS,
    "swiglu": _GATES,
    "swiglu_fp8": _GATES,
    "verify_draft": ((16, 151936, 0, 0), (16, 151936, 1, 0), (16, 151936, 0, 1), (16, 151936, 1, 1)),
    "w4a16_linear": _PRODUCTS,
}
_TINY: Shapes = {
    **dict.fromkeys(("add_rms_norm", "add_rms_norm_fp8", "rms_norm", "quantise_rows"), ((3, 64),)),
    **dict.fromkeys(("swiglu", "swiglu_fp8"), ((3, 32),)),
    **dict.fromkeys(("fp8_linear", "linear_skinny"), ((2, 64, 32),)),
    "w4a16_linear": ((2, 128, 32),),
    "advance_rows": ((3, 40, 2),),
    "cascade_attention": ((1, 2, 32, 2, 64, 9, 2, 0), (1, 2, 32, 2, 64, 9, 2, 1)),
    "extend_attention": ((1, 2, 32, 2, 5, 70, 0), (1, 2, 32, 2, 5, 70, 1)),
    "lora_apply": ((6, 32, 16, 4),),
    "mla_decode": ((2, 32, 16, 2, 70),),
    "mla_extend": ((2, 32, 16, 2, 5, 70),),
    "moe_experts": ((3, 4, 2, 16, 8, 0), (3, 4, 2, 32, 32, 1)),
    "paged_attention": ((1, 2, 32, 2, 70, 1, 0), (1, 2, 32, 2, 70, 1, 1)),
    "qk_norm_rope_write": ((3, 2, 1, 32, 1, 0), (3, 2, 1, 32, 1, 1)),
    "pool_normalise": ((3, 5, 16),),
    "sample_rows": ((4, 90, 0), (4, 90, 1)),
    "verify_draft": ((2, 90, 0, 0), (2, 90, 1, 1)),
}
