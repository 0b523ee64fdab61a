"""Rows of names and where their values come from: compiled once, read at every run. Defines no `NODE`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from workflows.context import Context
from workflows.nodes.fields import Argument, InputRow, duplicates
from workflows.scope import Scope
from workflows.template import Pool, Ref
from workflows.values import MISSING

Rows = list[tuple[str, Ref]]
ReadArguments = Callable[[Pool], dict[str, Any]]


def input_refs(rows: Sequence[InputRow], scope: Scope, field: str = "inputs") -> Rows:
    """The compiled rows; reports names used twice."""
    for name in duplicates(row.name for row in rows):
        scope.soft_fault("name_duplicate", f"Two inputs are called {name!r}.", field)
    return [(row.name, scope.ref(row.selector, f"{field}.{i}.selector")) for i, row in enumerate(rows)]


def read_inputs(rows: Rows, ctx: Context) -> dict[str, Any]:
    """The values now; missing ones are None."""
    pool = ctx.pool
    return {name: ref.get_or_none(pool) for name, ref in rows}


def compile_arguments(arguments: Sequence[Argument], scope: Scope, field: str = "arguments") -> ReadArguments:
    """A function that gives the arguments' values now; a variable that does not exist is left out."""
    for name in duplicates(argument.name for argument in arguments):
        scope.soft_fault("name_duplicate", f"Two arguments are called {name!r}.", field)
    readers = [(a.name, _reader(a, scope, f"{field}.{i}.value")) for i, a in enumerate(arguments)]

    def read(pool: Pool) -> dict[str, Any]:
        values = ((name, reader(pool)) for name, reader in readers)
        return {name: value for name, value in values if value is not MISSING}

    return read


def _reader(argument: Argument, scope: Scope, field: str) -> Callable[[Pool], Any]:
    value = argument.value
    match argument.mode:
        case "variable":
            return scope.ref([str(part) for part in value] if isinstance(value, list) else [], field).get
        case "template":
            return scope.template(value if isinstance(value, str) else "", field).render
        case "constant":
            return lambda pool: value
