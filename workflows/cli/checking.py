"""`check`: what would not run in a file, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workflows.compiler import check
from workflows.definition import Definition
from workflows.dsl import load
from workflows.errors import DefinitionError, Fault


def check_file(path: Path) -> dict[str, Any]:
    """One file's report. `loads` tells whether anything could be made of it; `issues` holds errors and warnings."""
    try:
        definition = load(path.read_bytes())
    except OSError as error:
        return _report(path, False, [Fault("file_unreadable", f"The file cannot be read: {error.strerror}.")])
    except DefinitionError as error:
        return _report(path, False, error.faults)
    return _report(path, True, check(definition), definition)


def _report(path: Path, loads: bool, faults: list[Fault], definition: Definition | None = None) -> dict[str, Any]:
    nodes = definition.nodes if definition else []
    return {
        "file": str(path),
        "loads": loads,
        "nodes": len(nodes),
        "issues": [fault.to_dict() for fault in faults],
        "unsupported": [
            {"node_id": node.id, "kind": node.config.get("original"), "missing": node.config.get("missing")}
            for node in nodes
            if node.kind == "placeholder"
        ],
    }
