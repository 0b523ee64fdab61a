"""Reads and writes Dify's app files (DSL 0.1 to 0.7) as Weft definitions of the dialect `dify`.

Tolerant: whatever a file lacks or has too much, nodes are never dropped; what cannot be run becomes a placeholder, and
what is not understood is kept and written again.
"""

from __future__ import annotations

from typing import NamedTuple

from workflows.definition import Definition
from workflows.dsl.dify.app import read, recognises
from workflows.dsl.dify.export import write
from workflows.dsl.emit import emit
from workflows.errors import Fault

__all__ = ["Exported", "export", "read", "recognises"]


class Exported(NamedTuple):
    """A Dify file, and a warning for everything that Dify cannot express."""

    text: str
    faults: list[Fault]


def export(definition: Definition) -> Exported:
    """The definition as a Dify file."""
    file, faults = write(definition)
    return Exported(emit(file), faults)
