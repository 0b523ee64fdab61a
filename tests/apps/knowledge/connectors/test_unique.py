"""A connector has one document an item, whoever looks at the same moment, and whatever there was before."""

from __future__ import annotations

import importlib
import threading
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection

from apps.accounts.services import workspace_actor
from apps.knowledge import services
from apps.knowledge.models import Connector, Dataset, Document
from apps.knowledge.services import Upload
from weft.http.errors import WeftError

LONG = "https://example.org/" + "页" * 1980
CONSTRAINT = next(each for each in Document._meta.constraints if each.name == "document_item_unique")


@pytest.fixture
def connector(dataset: Dataset) -> Connector:
    return Connector.objects.create(dataset=dataset, kind="url", name="Pages", settings={})


def _row(connector: Connector | None, dataset: Dataset, **over: Any) -> Document:
    facts = {"name": "a.md", "size_bytes": 1, "mime_type": "text/markdown", "path": "", "sha256": "a"}
    return Document.objects.create(dataset=dataset, connector=connector, source_url=LONG, **{**facts, **over})


def test_two_looks_that_add_the_same_item_leave_one_document(connector: Connector, files: Path) -> None:
    actor = workspace_actor(connector.dataset.workspace)
    barrier, told = threading.Barrier(2), []

    def add(text: bytes) -> None:
        def parts() -> Any:
            barrier.wait(10)
            yield text

        try:
            added = services.add_item(actor, connector, Upload("a.md", parts()), url=LONG, revision=text.decode())
            told.append(added.source_revision)
        except WeftError as exc:
            told.append(exc.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=add, args=[text]) for text in (b"one", b"two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    [row] = Document.objects.all()
    assert sorted(told) == sorted(["connector_item_taken", row.source_revision])
    stored = [path for path in files.rglob("*") if path.is_file()]
    assert [path.read_text() for path in stored] == [row.source_revision]


def test_documents_of_no_connector_may_share_an_address(connector: Connector, dataset: Dataset) -> None:
    _row(connector, dataset)
    _row(None, dataset)
    _row(None, dataset)
    other = Connector.objects.create(dataset=dataset, kind="url", name="Others", settings={})
    _row(other, dataset)

    with pytest.raises(IntegrityError, match="document_item_unique"):
        _row(connector, dataset)


def test_the_migration_parts_what_was_there_twice(connector: Connector, dataset: Dataset) -> None:
    part = importlib.import_module("apps.knowledge.migrations.0014_unique_items").part
    with connection.schema_editor() as editor:
        editor.remove_constraint(Document, CONSTRAINT)
    old, late, newest = (_row(connector, dataset, name=name) for name in ("old.md", "late.md", "newest.md"))
    single = _row(connector, dataset, name="single.md")
    Document.objects.filter(id=single.id).update(source_url="https://example.org/")
    warned = {"code": "page_unreadable", "message": "…", "page": 3}
    Document.objects.filter(id=old.id).update(warnings=[warned])

    part(apps, None)
    with connection.schema_editor() as editor:
        editor.add_constraint(Document, CONSTRAINT)

    rows = {row.name: row for row in Document.objects.all()}
    assert {name: row.connector_id for name, row in rows.items()} == {
        "old.md": None,
        "late.md": None,
        "newest.md": connector.id,
        "single.md": connector.id,
    }
    assert [[each["code"] for each in rows[name].warnings] for name in ("old.md", "late.md", "newest.md")] == [
        ["page_unreadable", "connector_item_twice"],
        ["connector_item_twice"],
        [],
    ]
    assert (late.id, newest.id) == (rows["late.md"].id, rows["newest.md"].id)
