"""Giving memory back between the phases of a long document.

What Python frees, the C library keeps for its next request, between what is still in use. A worker lives long and reads
a huge document once: without this it would hold the memory of that document for good.
"""

from __future__ import annotations

import ctypes

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)


def give_back() -> None:
    """Nothing where the C library is not glibc."""
    if _trim is not None:
        _trim(0)
