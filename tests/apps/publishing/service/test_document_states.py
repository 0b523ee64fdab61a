"""Documents over the knowledge API on their way and after: stages, switches, the archive, the end."""

from __future__ import annotations

from typing import Any

from apps.knowledge.models import Dataset, Document, Stage
from tests.apps.publishing.service.conftest import NOBODY, Api
from tests.apps.publishing.service.documents import add, rows, upload
from weft.db.aio import call_db


async def test_stages_in_dify_s_words(api: Api, dataset: Dataset) -> None:
    made = await add(api, dataset)
    path = f"/datasets/{dataset.pk}/documents/{made['document']['id']}"

    async def shown(stage: Stage, message: str = "") -> tuple[str, str, str | None]:
        await call_db(lambda: Document.objects.update(stage=stage, error_message=message))
        found = (await api.call("GET", path)).json()
        return found["indexing_status"], found["display_status"], found["error"]

    assert [await shown(stage) for stage in Stage if stage not in (Stage.FAILED, Stage.CANCELLED)] == [
        ("waiting", "queuing", None),
        ("parsing", "indexing", None),
        ("splitting", "indexing", None),
        ("indexing", "indexing", None),
        ("indexing", "indexing", None),
        ("completed", "available", None),
        ("paused", "paused", None),
    ]
    assert await shown(Stage.FAILED, "The file is broken.") == ("error", "error", "The file is broken.")
    assert (await shown(Stage.CANCELLED))[:2] == ("error", "error")


async def test_documents_are_switched_and_put_away(api: Api, document: Document) -> None:
    path = f"/datasets/{document.dataset_id}/documents"

    async def after(action: str) -> tuple[bool, bool]:
        answer = await api.call("PATCH", f"{path}/status/{action}", {"document_ids": [str(document.pk)]})
        assert (answer.status_code, answer.json()) == (200, {"result": "success"})
        found = (await api.call("GET", f"{path}/{document.pk}")).json()
        return found["enabled"], found["archived"]

    assert [await after(action) for action in ("disable", "disable", "enable", "archive", "un_archive")] == [
        (False, False),
        (False, False),
        (True, False),
        (True, True),
        (True, False),
    ]


SENSELESS_SWITCHES: list[Any] = [
    ("explode", {"document_ids": [NOBODY]}, 400, "invalid_action"),
    ("disable", {}, 400, "invalid_param"),
    ("disable", {"document_ids": []}, 400, "invalid_param"),
    ("disable", {"document_ids": "all"}, 400, "invalid_param"),
    ("disable", {"document_ids": ["x"]}, 400, "invalid_param"),
    ("disable", {"document_ids": [NOBODY]}, 404, "not_found"),
]


async def test_a_senseless_switch_changes_nothing(api: Api, document: Document) -> None:
    for action, body, status, code in SENSELESS_SWITCHES:
        if "document_ids" in body and isinstance(body["document_ids"], list) and body["document_ids"]:
            body = {"document_ids": [str(document.pk), *body["document_ids"]]}
        before = await call_db(lambda: list(Document.objects.values()))

        answer = await api.call("PATCH", f"/datasets/{document.dataset_id}/documents/status/{action}", body)

        assert (answer.status_code, answer.json()["code"]) == (status, code), body
        assert await call_db(lambda: list(Document.objects.values())) == before


async def test_what_is_on_its_way_is_not_put_away(api: Api, dataset: Dataset) -> None:
    made = await add(api, dataset)

    answer = await api.call(
        "PATCH", f"/datasets/{dataset.pk}/documents/status/archive", {"document_ids": [made["document"]["id"]]}
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_action")
    assert [row["is_archived"] for row in await call_db(rows)] == [False]


async def test_an_archived_document_stays_as_it_is(api: Api, document: Document) -> None:
    await call_db(lambda: Document.objects.update(is_archived=True))
    path = f"/datasets/{document.dataset_id}/documents/{document.pk}"
    before = await call_db(rows)

    answers = [
        await api.call("DELETE", path),
        await api.call("POST", f"{path}/update-by-text", {"name": "x", "text": "X."}),
        await api.form("PATCH", path, {"file": upload()}),
    ]

    assert {(each.status_code, each.json()["code"]) for each in answers} == {(403, "archived_document_immutable")}
    assert await call_db(rows) == before


async def test_a_document_is_deleted_also_on_its_way(api: Api, dataset: Dataset) -> None:
    made = await add(api, dataset)
    path = f"/datasets/{dataset.pk}/documents/{made['document']['id']}"

    deleted = await api.call("DELETE", path)

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert await call_db(rows) == []
    assert [(await api.call("DELETE", each)).status_code for each in (path, f"{path}x")] == [404, 404]


async def test_an_unknown_batch(api: Api, document: Document) -> None:
    paths = [f"/datasets/{document.dataset_id}/documents/{batch}/indexing-status" for batch in ("x", NOBODY)]

    assert [(await api.call("GET", path)).json()["code"] for path in paths] == ["not_found"] * 2
