from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django import Settings

from apps.knowledge.models import Chunk, Dataset, Document, Stage
from apps.publishing.service.knowledge.shapes.document import progress_shape
from tests.apps.publishing.service.conftest import Api
from tests.apps.publishing.service.documents import CUSTOM, TEXT, add, ingest, rows, upload
from weft.db.aio import call_db

HIERARCHICAL = {
    "mode": "hierarchical",
    "rules": {
        "pre_processing_rules": [],
        "segmentation": {"separator": "\\n\\n", "max_tokens": 200},
        "parent_mode": "paragraph",
        "subchunk_segmentation": {"separator": ".", "max_tokens": 40},
    },
}


async def test_a_text_becomes_a_document(api: Api, dataset: Dataset) -> None:
    made = await add(api, dataset, indexing_technique="high_quality", process_rule={"mode": "automatic"})

    found = made["document"]
    owner = str(api.cast.owner.user.pk)  # type: ignore[union-attr]
    assert found == {
        "id": found["id"],
        "position": 1,
        "data_source_type": "upload_file",
        "data_source_info": {"upload_file_id": found["id"]},
        "data_source_detail_dict": {
            "upload_file": {
                "id": found["id"],
                "name": "guide.md",
                "size": len(TEXT),
                "extension": "md",
                "mime_type": "text/markdown",
                "created_by": owner,
                "created_at": found["created_at"],
            }
        },
        "dataset_process_rule_id": str(dataset.pk),
        "name": "guide.md",
        "created_from": "api",
        "created_by": owner,
        "created_at": found["created_at"],
        "tokens": 0,
        "indexing_status": "waiting",
        "error": None,
        "enabled": True,
        "disabled_at": None,
        "disabled_by": None,
        "archived": False,
        "display_status": "queuing",
        "word_count": 0,
        "hit_count": 0,
        "doc_form": "text_model",
        "doc_metadata": [],
        "summary_index_status": None,
        "need_summary": False,
    }
    assert made["batch"]


async def test_a_text_keeps_its_name(api: Api, dataset: Dataset) -> None:
    made = await add(api, dataset, name="Über uns 3.2", text="# Wir\n\nLunch is free.")
    path = f"/datasets/{dataset.pk}/documents/{made['document']['id']}"
    await call_db(ingest, made["document"]["id"])

    assert (await api.call("GET", path)).json()["name"] == "Über uns 3.2"
    assert await call_db(lambda: Chunk.objects.get().headings) == ["Wir"]
    renamed = await api.call("POST", f"{path}/update-by-text", {"name": "report.pdf", "text": "# Us\n\nTea is free."})
    await call_db(ingest, made["document"]["id"])
    assert renamed.json()["document"]["name"] == "report.pdf"
    assert (await api.call("GET", path)).json()["indexing_status"] == "completed"
    assert await call_db(lambda: Chunk.objects.get().headings) == ["Us"]
    file = await api.form("PATCH", path, {"file": upload("menu.txt", b"Dinner."), "data": "{}"})
    assert (file.json()["document"]["name"], await call_db(_source)) == ("menu.txt", "file")


def _source() -> str:
    return Document.objects.get().source


async def test_indexing_is_followed_by_its_batch(api: Api, dataset: Dataset) -> None:
    made = await add(api, dataset)
    path = f"/datasets/{dataset.pk}/documents/{made['batch']}/indexing-status"

    [before] = (await api.call("GET", path)).json()["data"]
    await call_db(ingest, made["document"]["id"])
    [after] = (await api.call("GET", path)).json()["data"]

    assert before == {
        "id": made["document"]["id"],
        "indexing_status": "waiting",
        "processing_started_at": None,
        "parsing_completed_at": None,
        "cleaning_completed_at": None,
        "splitting_completed_at": None,
        "completed_at": None,
        "paused_at": None,
        "error": None,
        "stopped_at": None,
        "completed_segments": 0,
        "total_segments": 0,
    }
    assert (after["indexing_status"], after["error"]) == ("completed", None)
    assert after["completed_segments"] == after["total_segments"] > 0
    assert after["processing_started_at"] <= after["splitting_completed_at"] <= after["completed_at"]
    detail = (await api.call("GET", f"/datasets/{dataset.pk}/documents/{made['document']['id']}")).json()
    assert (detail["indexing_status"], detail["display_status"]) == ("completed", "available")
    assert (detail["word_count"], detail["segment_count"]) == (await call_db(_counted))


@pytest.mark.parametrize(
    ("stage", "fingerprint", "status", "counted"),
    [
        (Stage.PARSING, "", "parsing", (0, 0)),
        (Stage.CHUNKING, "", "splitting", (0, 0)),
        (Stage.EMBEDDING, "f", "indexing", (2, 5)),
        (Stage.PAUSED, "f", "paused", (2, 5)),
        (Stage.PAUSED, "", "paused", (0, 0)),
        (Stage.READY, "f", "completed", (7, 7)),
    ],
)
def test_segments_are_counted_once_there_are_any(
    stage: Stage, fingerprint: str, status: str, counted: tuple[int, int]
) -> None:
    row = Document(stage=stage, fingerprint=fingerprint, done=2, total=5, chunk_count=7, updated_at=timezone.now())

    shown = progress_shape(row)

    assert (shown["indexing_status"], shown["completed_segments"], shown["total_segments"]) == (status, *counted)


def _counted() -> tuple[int, int]:
    return Document.objects.get().char_count, Chunk.objects.count()


@pytest.mark.parametrize("spelling", ["create-by-text", "create_by_text"])
async def test_both_spellings(api: Api, dataset: Dataset, spelling: str) -> None:
    body = {"name": "a.md", "text": "A."}

    answer = await api.call("POST", f"/datasets/{dataset.pk}/document/{spelling}", body)

    assert answer.status_code == 200
    path = f"/datasets/{dataset.pk}/documents/{answer.json()['document']['id']}/{spelling.replace('create', 'update')}"
    changed = await api.call("POST", path, {"name": "b.md", "text": "B."})
    assert (changed.status_code, changed.json()["document"]["name"]) == (200, "b.md")


@pytest.mark.parametrize("spelling", ["create-by-file", "create_by_file"])
async def test_a_file_becomes_a_document(api: Api, dataset: Dataset, spelling: str) -> None:
    data = {
        "file": SimpleUploadedFile("notes.txt", b"Lunch is free."),
        "data": json.dumps({"indexing_technique": "high_quality", "process_rule": CUSTOM, "doc_form": "text_model"}),
    }

    answer = await api.form("POST", f"/datasets/{dataset.pk}/document/{spelling}", data)

    assert answer.status_code == 200, answer.content
    found = answer.json()["document"]
    assert (found["name"], found["data_source_detail_dict"]["upload_file"]["size"]) == ("notes.txt", 14)
    detail = (await api.call("GET", f"/datasets/{dataset.pk}/documents/{found['id']}")).json()
    assert detail["dataset_process_rule"] == {
        "mode": "custom",
        "rules": {
            "pre_processing_rules": [
                {"id": "remove_extra_spaces", "enabled": True},
                {"id": "remove_urls_emails", "enabled": True},
                {"id": "remove_stopwords", "enabled": False},
            ],
            "segmentation": {"separator": "###", "max_tokens": 100, "chunk_overlap": 10},
        },
    }


async def test_the_first_document_sets_up_the_dataset_and_later_ones_themselves(api: Api, dataset: Dataset) -> None:
    model = {
        "search_method": "full_text_search",
        "reranking_enable": False,
        "top_k": 2,
        "score_threshold_enabled": False,
    }
    first = await add(api, dataset, process_rule=HIERARCHICAL, doc_form="hierarchical_model", retrieval_model=model)
    second = await add(api, dataset, name="b.md", process_rule={"mode": "automatic"})
    third = await add(api, dataset, name="c.md", process_rule=CUSTOM)

    shown = (await api.call("GET", f"/datasets/{dataset.pk}")).json()
    assert (shown["doc_form"], shown["retrieval_model_dict"]["search_method"]) == (
        "hierarchical_model",
        "full_text_search",
    )
    forms = [each["document"]["doc_form"] for each in (first, second, third)]
    assert forms == ["hierarchical_model", "hierarchical_model", "text_model"]
    detail = (await api.call("GET", f"/datasets/{dataset.pk}/documents/{first['document']['id']}")).json()
    assert detail["document_process_rule"] == {
        "id": first["document"]["id"],
        "dataset_id": str(dataset.pk),
        "mode": "hierarchical",
        "rules": {
            "pre_processing_rules": [
                {"id": "remove_extra_spaces", "enabled": False},
                {"id": "remove_urls_emails", "enabled": False},
                {"id": "remove_stopwords", "enabled": False},
            ],
            "segmentation": {"separator": "\n\n", "max_tokens": 200, "chunk_overlap": 0},
            "parent_mode": "paragraph",
            "subchunk_segmentation": {"separator": ".", "max_tokens": 40, "chunk_overlap": 0},
        },
    }


async def test_a_document_in_detail(api: Api, document: Document) -> None:
    path = f"/datasets/{document.dataset_id}/documents/{document.pk}"

    whole = (await api.call("GET", path, query={"metadata": ""})).json()
    only = (await api.call("GET", path, query={"metadata": "only"})).json()
    without = (await api.call("GET", path, query={"metadata": "without"})).json()

    added = {
        "completed_at",
        "updated_at",
        "indexing_latency",
        "segment_count",
        "average_segment_length",
        "dataset_process_rule",
        "document_process_rule",
        "doc_type",
        "doc_language",
    }
    [listed] = (await api.call("GET", f"/datasets/{document.dataset_id}/documents")).json()["data"]
    assert set(whole) - set(listed) == added
    assert {name: whole[name] for name in listed} == listed
    assert isinstance(whole["completed_at"], int)
    assert whole["indexing_latency"] >= 0
    assert whole["dataset_process_rule"]["mode"] == "automatic"
    assert only == {"id": str(document.pk), "doc_type": None, "doc_metadata": []}
    assert set(whole) - set(without) == {"doc_type", "doc_metadata"}
    wrong = await api.call("GET", path, query={"metadata": "some"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_metadata")


SENSELESS_TEXTS: list[Any] = [
    b"",
    b"nonsense",
    {},
    {"name": "a"},
    {"text": "A."},
    {"name": "a", "text": 7},
    {"name": "a" * 300, "text": "A."},
    {"name": "a", "text": "A.", "process_rule": "custom"},
    {"name": "a", "text": "A.", "process_rule": {"mode": "magic"}},
    {"name": "a", "text": "A.", "process_rule": {"mode": "custom", "rules": {"segmentation": {"max_tokens": -1}}}},
    {
        "name": "a",
        "text": "A.",
        "process_rule": {"mode": "custom", "rules": {"pre_processing_rules": [{"id": "x"}]}},
    },
    {"name": "a", "text": "A.", "doc_form": "poem"},
    {"name": "a", "text": "A.", "indexing_technique": "cheap"},
    {"name": "a", "text": "A.", "retrieval_model": {"top_k": 0}},
    {"name": "a", "text": "A.", "original_document_id": "x"},
]


async def test_a_senseless_text_is_refused(api: Api, dataset: Dataset) -> None:
    for body in SENSELESS_TEXTS:
        before = await call_db(lambda: list(Dataset.objects.values()))

        answer = await api.call("POST", f"/datasets/{dataset.pk}/document/create-by-text", body)

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_param"), body
        assert await call_db(rows) == []
        assert await call_db(lambda: list(Dataset.objects.values())) == before


SENSELESS_FILES: list[Any] = [
    ({}, 400, "no_file_uploaded"),
    ({"upload": upload()}, 400, "no_file_uploaded"),
    ({"file": [upload(), upload("b.txt")]}, 400, "too_many_files"),
    ({"file": upload(), "other": upload()}, 400, "too_many_files"),
    ({"file": upload("a.exe")}, 415, "unsupported_file_type"),
    ({"file": upload("a.txt", b"x" * 2000)}, 413, "file_too_large"),
    ({"file": upload(), "data": "{"}, 400, "invalid_param"),
    ({"file": upload(), "data": "[]"}, 400, "invalid_param"),
    ({"file": upload(), "data": '{"doc_form": "poem"}'}, 400, "invalid_param"),
]


async def test_a_senseless_file_is_refused(api: Api, dataset: Dataset, settings: Settings) -> None:
    settings.MAX_UPLOAD_BYTES = 1000
    for data, status, code in SENSELESS_FILES:
        answer = await api.form("POST", f"/datasets/{dataset.pk}/document/create-by-file", data)

        assert (answer.status_code, answer.json()["code"]) == (status, code), data
        assert await call_db(rows) == []


async def test_the_list_is_paged_searched_and_filtered(api: Api, dataset: Dataset) -> None:
    made = [await add(api, dataset, name=f"{name}.md", text=name) for name in ("one", "two", "three")]
    ids = [each["document"]["id"] for each in made]

    def states() -> None:
        ready = Document.objects.filter(pk__in=ids)
        ready.update(stage=Stage.READY)
        Document.objects.filter(pk=ids[1]).update(is_enabled=False)
        Document.objects.filter(pk=ids[2]).update(is_archived=True, is_enabled=False)

    path = f"/datasets/{dataset.pk}/documents"

    async def names(**query: Any) -> list[str]:
        answer = await api.call("GET", path, query=query)
        assert answer.status_code == 200, answer.content
        return [row["name"] for row in answer.json()["data"]]

    assert await names(status="queuing") == ["three.md", "two.md", "one.md"]
    await call_db(states)
    first = (await api.call("GET", path, query={"page": 1, "limit": 2})).json()
    assert [(row["name"], row["position"], row["display_status"]) for row in first["data"]] == [
        ("three.md", 3, "archived"),
        ("two.md", 2, "disabled"),
    ]
    assert (first["has_more"], first["total"], first["limit"], first["page"]) == (True, 3, 2, 1)
    assert await names(keyword="TW") == ["two.md"]
    assert await names(status="", keyword="", page="", limit="") == ["three.md", "two.md", "one.md"]
    assert await names(status="available") == ["one.md"]
    assert await names(status="disabled") == ["two.md"]
    assert await names(status="archived") == ["three.md"]
    assert await names(status="indexing") == await names(status="paused") == await names(status="error") == []
    assert (await api.call("GET", path, query={"status": "asleep"})).json()["code"] == "invalid_param"
