"""Where the server is in its life. Shared by the application, the probes and the process; none of them owns another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _nothing() -> None:
    pass


@dataclass(slots=True)
class Lifecycle:
    draining: bool = False
    n_in_flight: int = 0
    drain: Callable[[], None] = _nothing
    """Begins the drain, as SIGTERM does; the process says how."""
