"""`check`: what would not run in a file, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workflows.cli.sources import library_beside, read_file
from workflows.compiler import check
from workflows.definition import Definition
from workflows.dsl import load
from workflows.dsl.report import unsupported
from workflows.errors import DefinitionError, Fault


def check_file(path: Path) -> dict[str, Any]:
    """One file's report. `loads` tells whether anything could be made of it; `issues` holds errors and warnings."""
    try:
        definition = load(read_file(path))
        issues = check(definition, library_beside(path))
    except DefinitionError as error:
        return _report(path, False, error.faults)
    return _report(path, True, issues, definition)


def _report(path: Path, loads: bool, faults: list[Fault], definition: Definition | None = None) -> dict[str, Any]:
    return {
        # A name that is no text must not break the line.
        "file": str(path).encode("utf-8", "replace").decode(),
        "loads": loads,
        "nodes": len(definition.nodes) if definition else 0,
        "issues": [fault.to_dict() for fault in faults],
        "unsupported": [
            {key: entry[key] for key in ("node_id", "kind", "missing")} for entry in unsupported(definition)
        ]
        if definition
        else [],
    }
