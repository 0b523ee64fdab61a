"""Work on text beside the event loop: a long prompt takes tenths of a second to render and tokenize, and whoever
streams meanwhile must not wait for it. Knows no tokenizer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

SHORT_CHARS = 1024
"""Up to here the work takes less than handing it over would gain."""
THREADS = 2

_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="text")

T = TypeVar("T")


async def aside(n_chars: int, work: Callable[[], T]) -> T:
    """What `work` returns, and raises. It runs at once where the text has few characters, else on one of a few threads,
    behind what they have to do already.
    """
    if n_chars <= SHORT_CHARS:
        return work()
    return await asyncio.get_running_loop().run_in_executor(_pool, work)
