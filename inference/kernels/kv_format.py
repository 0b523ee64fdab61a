"""How keys and values lie in a page, whole or in 8 bits. Knows one page of one head; not who owns pages.

In 8 bits a token's key and its value are e4m3, each with a scale of its own for each head: the smallest power of two
by which the largest magnitude fits. What is read is a function of the token alone, so pages can be shared and a result
depends on nobody who wrote before. A power of two costs no precision in e4m3, and widening to bf16 is exact. Finer
than vLLM's scale of a layer, which saturates at 448 where a model's keys are large, as those of Qwen2.5 are.

Scales are stored as the exponent's byte of an fp32 number, behind their page's tokens: one row more, of head_dim bytes,
where the page has no more tokens than that. So the cache stays one tensor of five dimensions.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

EIGHT_BITS = torch.float8_e4m3fn
_LARGEST = 448.0


def page_rows(page_size: int, head_dim: int, dtype: torch.dtype) -> int:
    """Rows of head_dim numbers that one head's page takes in a cache of that dtype."""
    return page_size + -(-page_size // head_dim) if dtype == EIGHT_BITS else page_size


def page_size(cache: Tensor) -> int:
    """Tokens in a page. cache: (..., page_rows, head_dim), both sides of it or one."""
    rows, head_dim = cache.shape[-2:]
    return rows * head_dim // (head_dim + 1) if cache.dtype == EIGHT_BITS else rows


def scale_bytes(cache: Tensor, side: int) -> Tensor | None:
    """Keys' (0) or values' (1) memory as bytes, for who reads scales there; None where the cache is whole.

    The scale of a page's token t for a head is byte page_size * head_dim + t of the head's rows.
    """
    return cache[side].view(torch.uint8) if cache.dtype == EIGHT_BITS else None


def narrowed(x: Tensor) -> tuple[Tensor, Tensor]:
    """x: (..., head_dim). Returns ((..., head_dim) e4m3, (...) uint8 exponents), whose product is about x: off by a
    16th at most, or by 2 ** -17 of the largest magnitude where that is more. Infinities saturate, NaN stays.
    """
    wide = x.float()
    bits = wide.abs().amax(-1).view(torch.int32)
    # 448 is 1.75 * 2 ** 8: what has a larger significand than 1.75 needs the next power.
    exponents = (((bits + 0x1FFFFF) >> 23) - 8).clamp(1, 254)
    inverse = ((254 - exponents) << 23).view(torch.float32)
    numbers = (wide * inverse[..., None]).clamp(-_LARGEST, _LARGEST).to(EIGHT_BITS)
    return numbers, exponents.to(torch.uint8)


def widened(numbers: Tensor, exponents: Tensor, dtype: torch.dtype) -> Tensor:
    """What `narrowed` was given, but for rounding. Returns (..., head_dim)."""
    scales = (exponents.int() << 23).view(torch.float32)
    return (numbers.float() * scales[..., None]).to(dtype)


def store(side: Tensor, new: Tensor, pages: Tensor, offsets: Tensor) -> None:
    """Put keys or values in their places. side: (n_pages, n_kv_heads, page_rows, head_dim); new: (n_tokens, n_kv_heads,
    head_dim); pages, offsets: (n_tokens,) int64.
    """
    if side.dtype != EIGHT_BITS:
        side[pages, :, offsets] = new
        return
    numbers, exponents = narrowed(new)
    held = side.view(torch.uint8)
    held[pages, :, offsets] = numbers.view(torch.uint8)
    held.flatten(2)[pages, :, page_size(side) * side.shape[3] + offsets] = exponents


def read(side: Tensor, pages: Tensor, dtype: torch.dtype) -> Tensor:
    """Whole keys or values of the pages, (n, n_kv_heads, page_size, head_dim), and rubbish where none was written.
    pages: (n,) int64."""
    if side.dtype != EIGHT_BITS:
        return side[pages]
    size, held = page_size(side), side.view(torch.uint8)[pages]
    exponents = held[:, :, size:].flatten(2)[..., :size]
    return widened(held[:, :, :size].view(EIGHT_BITS), exponents, dtype)


def eight_bits(cache: Tensor) -> Tensor:
    """A whole cache, (2, n_pages, n_kv_heads, page_size, head_dim), in 8 bits; bytes that belong to nobody are 255."""
    numbers, exponents = narrowed(cache)
    size, head_dim = cache.shape[3:]
    missing = (page_rows(size, head_dim, EIGHT_BITS) - size) * head_dim - size
    scales = F.pad(exponents, (0, missing), value=255)
    rows = scales.view(*scales.shape[:-1], -1, head_dim)
    return torch.cat((numbers.view(torch.uint8), rows), dim=3).view(EIGHT_BITS)
