"""What an engine has done since its start."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """In tokens but for the first."""

    preempted: int = 0
    prompt: int = 0
    cached: int = 0
    generated: int = 0
