"""Starts kernels, or hands them to who wants to compile them only. Knows no kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Grid = tuple[int, ...]
Observer = Callable[[Any, Grid, tuple[Any, ...], dict[str, Any]], None]

_observers: list[Observer] = []


def launch(kernel: Any, grid: Grid, *arguments: Any, **constants: Any) -> None:
    """Run `kernel` on `grid` programs. constants: its constexpr parameters, `num_warps`, `num_stages`."""
    if _observers:
        _observers[-1](kernel, grid, arguments, constants)
    elif 0 not in grid:
        kernel[grid](*arguments, **constants)


@contextmanager
def observed(observer: Observer) -> Iterator[None]:
    """Inside, launches go to `observer` and nothing runs. For one thread: the compile gate's."""
    _observers.append(observer)
    try:
        yield
    finally:
        _observers.pop()


def ceil_div(n: int, by: int) -> int:
    return -(-n // by)


def power_of_two(n: int) -> int:
    """The smallest power of two not below n: a tile's side."""
    return 1 << (n - 1).bit_length()
