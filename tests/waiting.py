"""Waiting for a condition instead of sleeping: for what other threads, processes and servers do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

STEP_S = 0.01


async def until(condition: Callable[[], object], timeout_s: float = 5.0) -> None:
    """Return once `condition()` is true; fail with TimeoutError when it never is."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110  (the condition belongs to another thread or process, which sets no event)
            await asyncio.sleep(STEP_S)


def until_sync(condition: Callable[[], object], timeout_s: float = 10.0) -> None:
    """The same for synchronous tests."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so after {timeout_s} s")
        time.sleep(STEP_S)
