"""Rows of names and selectors: compiled once, read at every run. Not a node kind: it defines no `NODE`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workflows.context import Context
from workflows.nodes.fields import InputRow, duplicates
from workflows.scope import Scope
from workflows.template import Ref

Rows = list[tuple[str, Ref]]


def input_refs(rows: Sequence[InputRow], scope: Scope, field: str = "inputs") -> Rows:
    """The compiled rows; reports names used twice."""
    for name in duplicates(row.name for row in rows):
        scope.fault("name_duplicate", f"Two inputs are called {name!r}.", field)
    return [(row.name, scope.ref(row.selector, f"{field}.{i}.selector")) for i, row in enumerate(rows)]


def read_inputs(rows: Rows, ctx: Context) -> dict[str, Any]:
    """The values now; missing ones are None."""
    pool = ctx.pool
    return {name: ref.get_or_none(pool) for name, ref in rows}
