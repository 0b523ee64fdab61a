"""Where the server is in its life. Shared by the application, the probes and the process; none of them owns another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Lifecycle:
    draining: bool = False
    n_in_flight: int = 0
