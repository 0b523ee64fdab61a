"""Builds graph documents by hand, for starters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple


class Placed(NamedTuple):
    """A node and where it lies."""

    node: dict[str, Any]
    at: tuple[int, int]


def node(node_id: str, kind: str, title: str, config: dict[str, Any], *, at: tuple[int, int]) -> Placed:
    return Placed({"id": node_id, "kind": kind, "title": title, "parent": None, "config": config}, at)


def edge(source: str, target: str, handle: str = "source") -> dict[str, Any]:
    return {"id": f"{source}-{handle}-{target}", "source": source, "handle": handle, "target": target}


def edges(*path: str) -> list[dict[str, Any]]:
    """A chain of nodes."""
    return [edge(source, target) for source, target in pairwise(path)]


def document(
    mode: str,
    nodes: Sequence[Placed],
    edges: Sequence[dict[str, Any]],
    *,
    features: dict[str, Any] | None = None,
    description: str = "",
) -> dict[str, Any]:
    """A whole document, version 1. Its name is set when it becomes an app's."""
    return {
        "weft": 1,
        "app": {"name": "", "mode": mode, "description": description, "icon": ""},
        "nodes": [placed.node for placed in nodes],
        "edges": list(edges),
        "variables": {"environment": [], "conversation": []},
        "features": features or {},
        "layout": {placed.node["id"]: {"x": placed.at[0], "y": placed.at[1]} for placed in nodes},
    }
