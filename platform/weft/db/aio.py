"""The one door from async code to the database.

Knows threads and connections; knows nothing of any table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")

_POOL = ThreadPoolExecutor(max_workers=8, thread_name_prefix="weft-db")


def release() -> None:
    """Give this thread's connections back, unless a transaction is open (as in ordinary tests)."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


async def call_db(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `function` in a database thread and return its plain data; the connection is released before this returns."""

    def call() -> T:
        try:
            return function(*args, **kwargs)
        finally:
            release()

    return await asyncio.get_running_loop().run_in_executor(_POOL, call)
