"""Links a definition with the workflows its nodes call: each is compiled once and becomes regions of the same plan.

Knows names, versions and how deep calls may go; where definitions are kept is the host's business (`Library`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from workflows.definition import Definition
from workflows.errors import Fault
from workflows.plan import Region
from workflows.scope import Scope

MAX_DEPTH = 5

Library = Callable[[str, int | None], Definition | None]
"""Gives the definition of an app's version (None: the newest published one), or None when there is none."""


class Compiled(Protocol):
    """What compiling a definition gives, as far as calling it needs to know."""

    faults: list[Fault]

    def regions(self) -> list[Region]: ...


CompileRegions = Callable[[Definition, "Linker", str], Compiled]


def region_name(app: str, version: int | None) -> str:
    """A called workflow in a plan. No node id has an @, so its name is never mistaken for a container's."""
    return f"{app}@{'latest' if version is None else version}"


@dataclass(slots=True)
class _Linked:
    definition: Definition
    regions: Sequence[Region]
    height: int
    fault: str | None


class Linker:
    """The workflows called from one definition, however deep."""

    def __init__(self, library: Library | None, compile_regions: CompileRegions) -> None:
        self._library = library
        self._compile = compile_regions
        self._linked: dict[str, _Linked] = {}
        self._open: list[str] = []
        self._heights: list[int] = [0]

    def region_of(self, app: str, version: int | None, scope: Scope, field: str) -> str | None:
        """The top region of a called workflow; None, with a fault, when it cannot be called from here."""
        if not app:
            scope.soft_fault("sub_workflow_missing", "No workflow is chosen to run.", field)
            return None
        if self._library is None:
            message = f"The workflow {app!r} is not at hand here: the node will fail when it is reached."
            scope.fault("sub_workflow_missing", message, field, "warning")
            return None
        name = region_name(app, version)
        if name in self._open:
            circle = " → ".join([*self._open[self._open.index(name) :], name])
            scope.fault("sub_workflow_recursion", f"The workflow calls itself: {circle}.", field)
            return None
        linked = self._linked.get(name)
        if linked is None:
            definition = self._library(app, version)
            if definition is None:
                scope.soft_fault("sub_workflow_missing", f"There is no published workflow {name!r}.", field)
                return None
            linked = self._linked[name] = self._link(name, definition)
        if linked.fault is not None:
            scope.fault("sub_workflow_invalid", f"The workflow {name!r} cannot run: {linked.fault}", field)
            return None
        if len(self._open) + linked.height > MAX_DEPTH:
            message = f"Workflows may call each other {MAX_DEPTH} levels deep, and {name!r} goes deeper."
            scope.fault("sub_workflow_too_deep", message, field)
            return None
        self._heights[-1] = max(self._heights[-1], linked.height)
        return name

    def _link(self, name: str, definition: Definition) -> _Linked:
        if len(self._open) >= MAX_DEPTH:
            return _Linked(definition, [], 1, f"workflows may call each other only {MAX_DEPTH} levels deep.")
        self._open.append(name)
        self._heights.append(0)
        compiled = self._compile(definition, self, name)
        self._open.pop()
        height = self._heights.pop() + 1
        error = next((fault.message for fault in compiled.faults if fault.severity == "error"), None)
        return _Linked(definition, [] if error else compiled.regions(), height, error)

    def definition_of(self, region: str) -> Definition:
        """The definition of a region that `region_of` gave."""
        return self._linked[region].definition

    def regions(self) -> list[Region]:
        """Every region of every called workflow."""
        return [region for linked in self._linked.values() for region in linked.regions]

    def definitions(self) -> dict[str, Definition]:
        """The called definitions by the name of their region, in the order they were first called."""
        return {name: linked.definition for name, linked in self._linked.items()}
