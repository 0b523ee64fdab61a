"""Uploaded files: whose they are."""

from __future__ import annotations

from typing import Any

import pytest

from apps.runs import files
from apps.runs.errors import InvalidInput
from apps.runs.files import EndUser
from apps.runs.models import Run, Source
from apps.runs.services import start_run
from apps.studio.graphs import document, edges, node
from apps.studio.models import App
from tests.apps.runs.graphs import make_app
from tests.factories import make_workspace


def file_document() -> dict[str, Any]:
    """start with a file, end."""
    variables = [{"name": "paper", "type": "file", "required": True}]
    nodes = [
        node("start", "start", "Start", {"variables": variables}, at=(0, 0)),
        node("end", "end", "End", {"outputs": []}, at=(1, 0)),
    ]
    return document("workflow", nodes, edges("start", "end"))


@pytest.fixture
def apps(transactional_db: None, clean_redis: str) -> tuple[App, App]:
    """Two apps of one workspace."""
    workspace = make_workspace()
    return make_app(workspace, file_document()), make_app(workspace, file_document())


def _start(app: App, source: Source, end_user: str, file_id: Any) -> Run:
    inputs = {"inputs": {"paper": {"id": str(file_id)}}}
    return start_run(app, document=file_document(), inputs=inputs, source=source, end_user=end_user)


def test_a_file_belongs_to_one_person_of_one_population_of_one_app(apps: tuple[App, App]) -> None:
    mine, other = apps
    by = EndUser(mine.id, Source.API, "ann")
    file = files.upload(mine.workspace_id, name="a.txt", parts=[b"a"], by=by)

    for app, source, name in (
        (mine, Source.API, "bob"),
        (other, Source.API, "ann"),
        (mine, Source.CHAT, "ann"),
        (other, Source.CHAT, "ann"),
    ):
        with pytest.raises(InvalidInput):
            _start(app, source, name, file.id)
    assert Run.objects.count() == 0

    runs = [_start(mine, source, "ann", file.id) for source in (Source.API, Source.OPENAI)]
    runs.append(_start(other, Source.EDITOR, "a member", file.id))
    assert [run.inputs["inputs"]["paper"]["related_id"] for run in runs] == [str(file.id)] * 3


def test_a_members_file_is_none_of_the_outsides(apps: tuple[App, App]) -> None:
    app, _ = apps
    file = files.upload(app.workspace_id, name="a.txt", parts=[b"a"])

    for source in (Source.API, Source.OPENAI, Source.CHAT):
        with pytest.raises(InvalidInput):
            _start(app, source, "", file.id)
    assert Run.objects.count() == 0
