"""The names of everything this package keeps in Redis."""

from __future__ import annotations


def run_stream(run_id: str) -> str:
    """The events of one run; entry ids are `<seq>-0`."""
    return f"run:{run_id}:events"


def run_fence(run_id: str) -> str:
    """The highest fencing token that has written to the run's stream."""
    return f"run:{run_id}:fence"


def topic(name: str) -> str:
    """The latest facts about one thing, such as `dataset:<id>`."""
    return f"topic:{name}"
