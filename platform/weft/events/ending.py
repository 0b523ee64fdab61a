"""Ends tasks for certain.

A cancellation that arrives in the same moment as a reply is lost inside redis-py (as in asyncio.wait_for before
Python 3.12): the task goes on and waits for the next reply. So whoever ends a task asks until it has ended.
"""

from __future__ import annotations

import asyncio
from typing import Any

AGAIN_S = 0.2


async def end_tasks(*tasks: asyncio.Task[Any]) -> None:
    """Cancel and wait. What the tasks return or raise is ignored."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_S)
    for task in tasks:
        if not task.cancelled():
            task.exception()
