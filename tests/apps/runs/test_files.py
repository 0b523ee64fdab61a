"""Uploaded files: whose they are, and how long they stay."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from apps.runs import files
from apps.runs.errors import InvalidInput
from apps.runs.files import EndUser
from apps.runs.forgetting import forget_files
from apps.runs.models import Run, Source, UploadedFile
from apps.runs.services import start_run
from apps.studio.graphs import document, edges, node
from apps.studio.models import App
from tests.apps.runs.graphs import make_app
from tests.factories import make_workspace
from weft.http import storage


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
    file = files.upload(mine.workspace_id, name="a.txt", parts=lambda: [b"a"], by=by)

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
    file = files.upload(app.workspace_id, name="a.txt", parts=lambda: [b"a"])

    for source in (Source.API, Source.OPENAI, Source.CHAT):
        with pytest.raises(InvalidInput):
            _start(app, source, "", file.id)
    assert Run.objects.count() == 0


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path
    return tmp_path


def _old(app: App, *, days: float, content: bytes = b"a", name: str = "a.txt") -> UploadedFile:
    file = files.upload(app.workspace_id, name=name, parts=lambda: [content])
    UploadedFile.objects.filter(id=file.id).update(created_at=timezone.now() - timedelta(days=days))
    return file


def _names() -> list[str]:
    return sorted(UploadedFile.objects.values_list("name", flat=True))


def test_files_that_no_run_was_given_are_forgotten_after_a_week(apps: tuple[App, App], folder: Path) -> None:
    app, _ = apps
    old = _old(app, days=7.1, name="old.txt", content=b"old")
    young = _old(app, days=6.9, name="young.txt", content=b"young")
    used = _old(app, days=100, name="used.txt", content=b"used")
    run = _start(app, Source.EDITOR, "", used.id)

    forgotten = [forget_files(), forget_files()]

    assert (forgotten, _names()) == ([1, 0], ["used.txt", "young.txt"])
    assert [storage.locate(file.path).exists() for file in (old, young, used)] == [False, True, True]
    run.delete()
    assert (forget_files(), storage.locate(used.path).exists()) == (1, False)


def test_a_file_that_is_only_in_the_list_of_files_is_kept_too(apps: tuple[App, App], folder: Path) -> None:
    app, _ = apps
    file = _old(app, days=8)
    inputs = {"inputs": {"paper": {"url": "http://example.org/x.pdf"}}, "files": [{"id": str(file.id)}]}
    start_run(app, document=file_document(), inputs=inputs, source=Source.EDITOR)

    assert (forget_files(), _names()) == (0, ["a.txt"])


def test_bytes_stay_as_long_as_any_file_has_them(apps: tuple[App, App], folder: Path) -> None:
    app, other = apps
    old, twin = _old(app, days=8), _old(other, days=1, name="twin.txt")

    forget_files()

    assert (old.path, _names()) == (twin.path, ["twin.txt"])
    assert files.read(other.workspace_id, twin.id) == b"a"


def test_bytes_that_were_forgotten_while_they_were_uploaded_again_are_stored_again(
    apps: tuple[App, App], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _ = apps
    _old(app, days=8)
    real = storage.save

    def save_and_lose(*args: Any, **named: Any) -> Any:
        stored = real(*args, **named)
        monkeypatch.setattr(storage, "save", real)
        assert forget_files() == 1
        return stored

    monkeypatch.setattr(storage, "save", save_and_lose)
    again = files.upload(app.workspace_id, name="again.txt", parts=lambda: [b"a"])

    assert (_names(), files.read(app.workspace_id, again.id)) == (["again.txt"], b"a")


def test_a_file_is_not_forgotten_while_a_run_is_started_with_it(apps: tuple[App, App], folder: Path) -> None:
    app, _ = apps
    file = _old(app, days=8)
    forgotten: list[int] = []

    def forget() -> None:
        forgotten.append(forget_files())
        connection.close()

    thread = threading.Thread(target=forget)
    with transaction.atomic():
        run = _start(app, Source.EDITOR, "", file.id)
        thread.start()
        thread.join(0.3)
    thread.join(5)

    assert (forgotten, list(run.uploads.all())) == ([0], [file])
    assert files.read(app.workspace_id, file.id) == b"a"


def test_a_file_that_a_run_made_stays_as_long_as_the_run(apps: tuple[App, App]) -> None:
    mine, _ = apps
    given = files.upload(mine.workspace_id, name="a.txt", parts=lambda: [b"a"], by=EndUser(mine.id, Source.API, "ann"))
    run = _start(mine, Source.API, "ann", given.id)

    value = files.keep(mine.workspace_id, run.id, "chart.png", "image/png", b"\x89PNG")
    UploadedFile.objects.update(created_at=timezone.now() - timedelta(days=400))

    assert (value["type"], value["filename"], value["mime_type"], value["size"]) == (
        "image",
        "chart.png",
        "image/png",
        4,
    )
    assert forget_files() == 0
    assert files.read(mine.workspace_id, value["related_id"]) == b"\x89PNG"
    with transaction.atomic():
        assert files.hold(mine.workspace_id, value["related_id"], of=EndUser(mine.id, Source.API, "bob")) is None
        assert files.hold(mine.workspace_id, value["related_id"], of=EndUser(mine.id, Source.API, "ann")) is not None
    run.delete()
    assert forget_files() == 2
    with pytest.raises(FileNotFoundError):
        files.read(mine.workspace_id, value["related_id"])


def test_a_run_keeps_no_file_in_another_workspace(apps: tuple[App, App]) -> None:
    mine, _ = apps
    given = files.upload(mine.workspace_id, name="a.txt", parts=lambda: [b"a"])
    run = _start(mine, Source.EDITOR, "", given.id)
    with pytest.raises(Run.DoesNotExist):
        files.keep(make_workspace().id, run.id, "x.txt", "", b"x")
    assert UploadedFile.objects.count() == 1


def test_a_run_reads_no_file_of_others_by_its_mere_id(apps: tuple[App, App]) -> None:
    mine, other = apps
    ann = EndUser(mine.id, Source.API, "ann")
    file = files.upload(mine.workspace_id, name="a.txt", parts=lambda: [b"a"], by=ann)
    by_link = files.upload(mine.workspace_id, name="b.txt", parts=lambda: [b"b"], by=ann._replace(name="form:x"))
    run = _start(mine, Source.API, "ann", file.id)
    run.uploads.add(by_link)
    later = _alone(mine, Source.API, "ann")

    readers = {
        "another person": _alone(mine, Source.API, "bob"),
        "the same name on the page": _alone(mine, Source.CHAT, "ann"),
        "the same name in another app": _alone(other, Source.API, "ann"),
        "a webhook": _alone(mine, Source.TRIGGER, ""),
    }

    for reader in readers.values():
        with pytest.raises(FileNotFoundError):
            files.read_for(reader.id, file.id)
        with pytest.raises(FileNotFoundError):
            files.read_for(reader.id, by_link.id)
    assert [files.read_for(later.id, each.id) for each in (file, by_link)] == [b"a", b"b"]
    assert files.read_for(_alone(other, Source.EDITOR, "").id, file.id) == b"a"


def _alone(app: App, source: Source, end_user: str) -> Run:
    """A run that was given no file."""
    graph = {**file_document(), "nodes": file_document()["nodes"][1:], "edges": []}
    return start_run(app, document=graph, inputs={}, source=source, end_user=end_user)
