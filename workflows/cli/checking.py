"""`check`: what would not run in a file, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workflows.compiler import check
from workflows.definition import Definition
from workflows.dsl import load
from workflows.dsl.report import unsupported
from workflows.dsl.text import MAX_BYTES
from workflows.errors import DefinitionError, Fault


def check_file(path: Path) -> dict[str, Any]:
    """One file's report. `loads` tells whether anything could be made of it; `issues` holds errors and warnings."""
    try:
        definition = load(read_file(path))
        issues = check(definition)
    except DefinitionError as error:
        return _report(path, False, error.faults)
    return _report(path, True, issues, definition)


def read_file(path: Path) -> bytes:
    """A file's bytes, as far as a definition may be large. Raises DefinitionError when it cannot be read."""
    try:
        if not path.is_file():
            reason = "It is no file." if path.exists() else "There is no such file."
            raise DefinitionError([Fault("file_unreadable", f"The file cannot be read: {reason}")])
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DefinitionError([Fault("file_unreadable", f"The file cannot be read: {reason}.")]) from error


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
