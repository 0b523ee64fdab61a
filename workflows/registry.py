"""Finds node kinds by name and describes them to the editor.

Knows that every module of `workflows.nodes` with a `NODE` is a kind; knows nothing of what a kind does.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from workflows import nodes
from workflows.kinds import NodeType

AnyNodeType = NodeType[Any]
_ORDER = ("start", "llm", "knowledge-retrieval", "if-else", "code", "template-transform", "variable-aggregator")
_extra: dict[str, AnyNodeType] = {}


@cache
def _found() -> dict[str, AnyNodeType]:
    kinds: dict[str, AnyNodeType] = {}
    for module in pkgutil.iter_modules(nodes.__path__):
        node = getattr(importlib.import_module(f"{nodes.__name__}.{module.name}"), "NODE", None)
        if isinstance(node, NodeType):
            kinds[node.kind] = node
    return kinds


def find(kind: str) -> AnyNodeType | None:
    """The kind of that name, or None."""
    return _extra.get(kind) or _found().get(kind)


def kinds() -> list[AnyNodeType]:
    """Every kind, in the order of a palette."""
    found = [*_found().values(), *_extra.values()]
    rank = {kind: i for i, kind in enumerate(_ORDER)}
    return sorted(found, key=lambda node: (rank.get(node.kind, len(rank)), node.kind))


@contextmanager
def temporary(node: AnyNodeType) -> Iterator[None]:
    """Register a kind for the time of a `with` block; for tests."""
    _extra[node.kind] = node
    try:
        yield
    finally:
        del _extra[node.kind]


def describe_kinds() -> list[dict[str, Any]]:
    """JSON-ready descriptions of every kind: config schema, defaults, outputs, handles, where it may stand."""
    return [describe(node) for node in kinds()]


def describe(node: AnyNodeType) -> dict[str, Any]:
    """One kind, as the editor reads it."""
    return {
        "kind": node.kind,
        "family": node.family,
        "effect": node.effect,
        "schema": node.config.model_json_schema(),
        "defaults": node.fresh(),
        "outputs": [{"name": output.name, "type": output.type} for output in node.outputs],
        "outputs_from": node.outputs_from,
        "handles": node.handles,
        "accepts_input": node.accepts_input,
        "modes": list(node.modes),
        "streams": list(node.streams),
        "hidden": node.hidden,
        "container": node.container,
        "root": node.root,
        "note": node.note,
    }
