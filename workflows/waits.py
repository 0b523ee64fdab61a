"""What a run waits for, as its folded state tells it.

Knows states and waits; knows nothing of how a signal reaches a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflows.state import NodeState, RunState


def open_waits(state: RunState) -> list[dict[str, Any]]:
    """Every wait that is open, outer frames first, in the shape of `run_paused`'s reasons."""
    reasons = _waiting(state.nodes, "")
    for path, frame in state.frames.items():
        if frame.status == "running":
            reasons += _waiting(frame.nodes, path)
    return reasons


def _waiting(nodes: Mapping[str, NodeState], frame: str) -> list[dict[str, Any]]:
    return [
        {"node_id": node_id, "frame": frame, **node.wait}
        for node_id, node in nodes.items()
        if node.status == "waiting" and node.wait is not None
    ]
