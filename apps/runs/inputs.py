"""What a run is given, checked before it is stored, so that a caller hears of a mistake at once and not from the
run's log.

Knows the start node's variables and uploaded files; knows nothing of who calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from pydantic import ValidationError

from apps.runs.errors import InvalidInput, TooDeep, TooLarge
from apps.runs.files import EndUser, file_value, hold
from workflows.errors import NodeError
from workflows.inputs import accept_inputs
from workflows.nodes import start
from workflows.values import is_too_deep

LIMIT_BYTES = 4 * 1024 * 1024
MAX_FILES = 10
FILE_TYPES = ("file", "file-list")


@dataclass(slots=True)
class Uploads:
    """Whose uploaded files a run may be given: a workspace's, and with `of` only that person's. `taken` were given."""

    workspace_id: UUID
    of: EndUser | None
    taken: set[UUID] = field(default_factory=set)


def check_inputs(uploads: Uploads, document: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` (`inputs`, `query`, `files`, `history`, `conversation`, `root`, `limits`, `sys`) as it is stored.

    Needs a transaction. Raises InvalidInput, TooDeep, TooLarge. File references become file values; an uploaded file of
    somebody else does not exist.
    """
    if is_too_deep(given):
        raise TooDeep
    variables = _variables(document, given.get("root") or "")
    inputs = dict(given.get("inputs") or {})
    _check_count(variables, inputs, given.get("files") or [])
    for variable in variables:
        if variable.type in FILE_TYPES and inputs.get(variable.name):
            inputs[variable.name] = with_files(uploads, variable.name, inputs[variable.name])
    try:
        accept_inputs(variables, inputs)
    except NodeError as error:
        raise InvalidInput(error.field or "", error.message) from error
    files = [_one_file(uploads, "files", file) for file in given.get("files") or []]
    stored = {**given, "inputs": inputs, "query": given.get("query") or "", "files": files}
    _check_size(stored)
    return stored


def _variables(document: Mapping[str, Any], root: str) -> list[start.Variable]:
    """Those of the start node, unless the run begins at another one, which then looks at its inputs itself."""
    for node in document.get("nodes") or []:
        if isinstance(node, dict) and node.get("kind") == start.Start.kind and root in ("", node.get("id")):
            try:
                return start.Config.model_validate(node.get("config") or {}).variables
            except ValidationError:
                return []  # the document does not compile, and the run will say why
    return []


def _check_count(variables: list[start.Variable], inputs: Mapping[str, Any], files: Sequence[Any]) -> None:
    """Before any file is looked up: each costs a query."""
    given = {v.name: inputs[v.name] for v in variables if v.type in FILE_TYPES and inputs.get(v.name)}
    counts = {name: len(value) if isinstance(value, list) else 1 for name, value in given.items()}
    counts["files"] = counts.get("files", 0) + len(files)
    total = sum(counts.values())
    if total > MAX_FILES:
        name = max(counts, key=lambda each: counts[each])
        message = f"This run is given {total} files; a run takes at most {MAX_FILES}. Leave some out, or join them."
        raise InvalidInput(name, message)


def with_files(uploads: Uploads, name: str, value: Any) -> Any:
    """A file, or a list of files, as nodes see them. Needs a transaction. Raises InvalidInput."""
    if isinstance(value, list):
        return [_one_file(uploads, name, item) for item in value]
    return _one_file(uploads, name, value)


def _one_file(uploads: Uploads, name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = {"id": value}
    if not isinstance(value, dict):
        raise InvalidInput(name, f"{name} must be a file: an object with the `id` of an uploaded file, or a `url`.")
    file_id = value.get("upload_file_id") or value.get("related_id") or value.get("id")
    if file_id:
        row = hold(uploads.workspace_id, file_id, of=uploads.of)
        if row is None:
            raise InvalidInput(name, f"There is no uploaded file {file_id}. Upload it first.")
        uploads.taken.add(row.id)
        return file_value(row)
    if isinstance(value.get("url"), str) and value["url"]:
        return {
            "type": "document",
            "filename": value["url"].rpartition("/")[2],
            **value,
            "transfer_method": "remote_url",
        }
    raise InvalidInput(name, f"{name} must name an uploaded file by `id`, or a `url`.")


def _check_size(stored: dict[str, Any]) -> None:
    size = len(msgspec.json.encode(stored))
    if size > LIMIT_BYTES:
        raise TooLarge(size, LIMIT_BYTES)
