"""Which of its mechanisms the scheduler makes use of: all of them, but where one is studied alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from inference.waiting import Order


@dataclass(frozen=True, slots=True)
class Policy:
    order: Order = field(default_factory=Order)
    """Who goes first."""
    lengths: bool = True
    """Reserve what an answer will probably take, not the most it may."""
    holds: bool = True
    """Keep the pages of a conversation while its tool runs."""
    in_flight: bool = True
    """Wait for pages that somebody else is computing."""
    shared: bool = True
    """Read what siblings that decode have in common once."""
