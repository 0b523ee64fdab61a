"""Real Dify files, which are not part of this repository: every one loads, keeps what it says, and runs to an end.

WEFT_DIFY_FILES names their folder. Without it this module is not collected.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.running import Played, play
from workflows import check, dump, load
from workflows.definition import Definition
from workflows.dsl import export_dify
from workflows.dsl.report import report, unsupported

FOLDER = os.environ.get("WEFT_DIFY_FILES", "")
FILES = sorted(path for path in Path(FOLDER).rglob("*.y*ml")) if FOLDER else []
# What fails a run though the file is served: what it asks for is not at hand here, its programs want packages that the
# sandbox does not have, or they cannot make sense of what a scripted model says.
EXPECTED = frozenset(
    ("node_unsupported", "tool_missing", "dataset_missing", "sub_workflow_missing", "workflow_missing",
     "code_unsupported", "code_failed", "code_output")
)  # fmt: skip


def named(path: Path) -> str:
    return str(path.relative_to(FOLDER))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_real_file_loads_and_keeps_what_it_says(path: Path) -> None:
    definition = load(path.read_bytes())

    assert [fault for fault in check(definition) if fault.severity == "error"] == []
    exported = export_dify(definition)
    assert exported.faults == []
    assert load(exported.text).document == definition.document
    assert load(dump(definition)).document == definition.document
    assert report(definition)["nodes"] == len(definition.nodes)


@pytest.mark.parametrize("path", FILES, ids=named)
async def test_a_real_file_runs_to_an_end(path: Path, played: Played) -> None:
    source = _read(path)
    definition = load(source)

    run = await play(source, _inputs(definition), "What is tea?", played)

    assert run.status in ("finished", "failed", "paused")
    if run.status == "failed" and not unsupported(definition):
        assert run.error["code"] in EXPECTED, run.error


def _read(path: Path) -> bytes:
    return path.read_bytes()


def _inputs(definition: Definition) -> dict[str, Any]:
    """Something for every input a file asks for."""
    start = next((node for node in definition.nodes if node.kind == "start"), None)
    if start is None:
        return {}
    return {row["name"]: _given(row) for row in start.config["variables"]}


def _given(row: dict[str, Any]) -> Any:
    if row["type"] in ("file", "file-list"):
        file = _file(row)
        return file if row["type"] == "file" else [file]
    if row["type"] == "select":
        return row["options"][0] if row["options"] else ""
    return {"number": 1, "checkbox": True, "json": {}}.get(row["type"], "tea")


_EXTENSIONS = {"image": ".png", "document": ".txt", "audio": ".mp3", "video": ".mp4"}


def _file(row: dict[str, Any]) -> dict[str, Any]:
    """A file of a kind that the input takes."""
    kinds = [kind for kind in row.get("allowed_file_types") or ["document"] if kind in _EXTENSIONS]
    kind = kinds[-1] if kinds else "document"
    extension = _EXTENSIONS[kind] if kinds else (row.get("allowed_file_extensions") or [".txt"])[0]
    fixed = {"mime_type": "text/plain", "size": 10, "transfer_method": "local_file", "upload_file_id": "1"}
    return {"type": kind, "filename": f"tea{extension}", "extension": extension, **fixed}
