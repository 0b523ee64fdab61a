"""Chooses who computes an operation. Layers call these names; where no faster kernel is registered, the reference runs.

A kernel registers itself for (operation, device type) and must agree with the function of the same name in `reference`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from inference.kernels import reference

__all__ = ["paged_attention", "register", "rms_norm", "rotate", "swiglu", "write_kv"]

_table: dict[tuple[str, str], Callable[..., Any]] = {}


def register(operation: str, device_type: str, kernel: Callable[..., Any]) -> None:
    """Let `kernel` compute `operation` for tensors on devices of that type."""
    if not hasattr(reference, operation):
        raise ValueError(f"{operation!r} has no reference to agree with")
    _table[operation, device_type] = kernel


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    kernel = _table.get(("rms_norm", x.device.type), reference.rms_norm)
    out: Tensor = kernel(x, weight, eps)
    return out


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    kernel = _table.get(("rotate", x.device.type), reference.rotate)
    out: Tensor = kernel(x, cos, sin)
    return out


def swiglu(gate_up: Tensor) -> Tensor:
    kernel = _table.get(("swiglu", gate_up.device.type), reference.swiglu)
    out: Tensor = kernel(gate_up)
    return out


def write_kv(cache: Tensor, key: Tensor, value: Tensor, pages: Tensor, offsets: Tensor) -> None:
    kernel = _table.get(("write_kv", cache.device.type), reference.write_kv)
    kernel(cache, key, value, pages, offsets)


def paged_attention(query: Tensor, cache: Tensor, pages: Tensor, context: int, window: int | None) -> Tensor:
    kernel = _table.get(("paged_attention", query.device.type), reference.paged_attention)
    out: Tensor = kernel(query, cache, pages, context, window)
    return out
