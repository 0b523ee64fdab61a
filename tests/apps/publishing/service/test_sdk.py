"""The knowledge API as clients use it, against a live server: the SDK for datasets that is on PyPI, and requests as
the SDK in Dify's repository sends them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from dify_dataset_sdk import DifyDatasetClient
from dify_dataset_sdk._exceptions import (
    DifyAuthenticationError,
    DifyConflictError,
    DifyNotFoundError,
    DifyValidationError,
)
from dify_dataset_sdk.datasets import RetrievalModel
from dify_dataset_sdk.documents import ProcessRule
from dify_dataset_sdk.segments import Segment

from apps.knowledge import tasks
from apps.knowledge.models import Document
from tests.apps.publishing.service.conftest import Api
from tests.apps.runs.web import web_server

TEXT = "# Travel\n\nTrains are booked early.\n\n# Food\n\nLunch is free."
RULE: dict[str, Any] = {
    "mode": "hierarchical",
    "rules": {
        "pre_processing_rules": [{"id": "remove_extra_spaces", "enabled": True}],
        "segmentation": {"separator": "\n\n", "max_tokens": 100},
        "parent_mode": "paragraph",
        "subchunk_segmentation": {"separator": ".", "max_tokens": 40},
    },
}


@pytest.fixture
def host(api: Api) -> Iterator[str]:
    with web_server() as address:
        yield f"http://{address}"


@pytest.fixture
def client(api: Api, host: str) -> Iterator[DifyDatasetClient]:
    with DifyDatasetClient(api.key, base_url=host, timeout=30.0) as found:
        yield found


def ingest() -> None:
    """What a worker would do."""
    for row in Document.objects.exclude(stage="ready"):
        tasks.ingest_document(str(row.pk))


def test_a_dataset_is_filled_and_searched(client: DifyDatasetClient, tmp_path: Path) -> None:
    models = client.models.list_embedding_models()
    assert "acme" in [each["provider"] for each in models.data]
    dataset = client.datasets.create(
        "Handbook",
        description="All we know.",
        indexing_technique="high_quality",
        embedding_model="fake-embedding",
        embedding_model_provider="acme",
    )
    assert (dataset.permission, dataset.embedding_available) == ("only_me", True)
    made = client.documents.create_by_text(dataset.id, name="Guide", text=TEXT)
    (tmp_path / "menu.txt").write_text("Dinner is at eight.")
    file = client.documents.create_by_file(dataset.id, tmp_path / "menu.txt")
    ingest()
    for batch in (made.batch, file.batch):
        [status] = client.documents.get_indexing_status(dataset.id, batch).data
        assert (status.indexing_status, status.completed_segments) == ("completed", status.total_segments)
    listed = client.documents.list(dataset.id, keyword="guide")
    assert [each["name"] for each in listed.data] == ["Guide"]
    assert client.documents.get(dataset.id, made.document.id).display_status == "available"

    method = {"search_method": "hybrid_search", "reranking_enable": False, "score_threshold_enabled": False}
    model = RetrievalModel.model_validate({**method, "top_k": 1})
    found = client.datasets.retrieve(dataset.id, "lunch is free", retrieval_model=model)
    assert found.query.content == "lunch is free"
    [record] = found.records
    assert "Lunch is free." in (record.segment.content or "")
    assert record.segment.document is not None
    assert record.segment.document.name == "Guide"

    client.documents.update_by_text(dataset.id, made.document.id, name="Rules", text="Lunch costs money.")
    (tmp_path / "menu.txt").write_text("Dinner is at nine.")
    client.documents.update_by_file(dataset.id, file.document.id, tmp_path / "menu.txt", name="Menu")
    ingest()
    found = client.datasets.retrieve(dataset.id, "lunch costs", retrieval_model=model)
    assert [each.segment.content for each in found.records] == ["Lunch costs money."]
    assert client.documents.get(dataset.id, file.document.id).name == "Menu.txt"
    client.documents.batch_update_status(dataset.id, "disable", [made.document.id])
    assert client.documents.get(dataset.id, made.document.id).enabled is False
    assert client.documents.get_upload_file(dataset.id, file.document.id)["extension"] == "txt"
    changed = client.datasets.update(dataset.id, name="Rules", retrieval_model=model)
    assert [each["name"] for each in client.datasets.list(keyword="rul").data] == [changed.name]
    client.documents.delete(dataset.id, made.document.id)
    client.datasets.delete(dataset.id)
    assert client.datasets.list().total == 0


def test_segments_children_metadata_and_tags(client: DifyDatasetClient) -> None:
    dataset = client.datasets.create("Handbook", embedding_model="fake-embedding", embedding_model_provider="acme")
    document = client.documents.create_by_text(
        dataset.id, "Guide", TEXT, doc_form="hierarchical_model", process_rule=ProcessRule(**RULE)
    ).document
    ingest()
    place = (dataset.id, document.id)

    segments = client.segments.list(*place)
    assert segments.doc_form == "hierarchical_model"
    [added] = client.segments.create(*place, [{"content": "Dinner is at eight.", "keywords": ["dinner"]}]).data
    one = client.segments.get(*place, added.id)
    assert Segment(**one["data"]) == added
    changed = client.segments.update(*place, added.id, {"content": "Dinner is at nine.", "enabled": False})
    assert (changed["data"]["content"], changed["data"]["enabled"]) == ("Dinner is at nine.", False)
    child = client.segments.create_child_chunk(*place, added.id, "Nine o'clock.")["data"]
    assert child["id"] in [each.id for each in client.segments.list_child_chunks(*place, added.id).data]
    client.segments.update_child_chunk(*place, added.id, child["id"], "At nine.")
    client.segments.delete_child_chunk(*place, added.id, child["id"])
    client.segments.delete(*place, added.id)
    assert [each.id for each in client.segments.list(*place).data] == [each.id for each in segments.data]

    field = client.metadata.create(dataset.id, "string", "author")
    field = client.metadata.update(dataset.id, field.id, "writer")
    values = [{"id": field.id, "name": "writer", "value": "Ann"}]
    client.metadata.update_document_metadata(dataset.id, [{"document_id": document.id, "metadata_list": values}])
    client.metadata.toggle_built_in(dataset.id, "enable")
    fields = client.metadata.list(dataset.id)
    assert ([each.name for each in fields.doc_metadata], fields.built_in_field_enabled) == (["writer"], True)
    client.metadata.delete(dataset.id, field.id)

    tag = client.tags.create("Travel")
    assert client.tags.update(tag.id, "Trips").name == "Trips"
    client.tags.bind_to_dataset(dataset.id, [tag.id])
    assert [(each.name, each.binding_count) for each in client.tags.list()] == [("Trips", 1)]
    assert client.tags.get_dataset_tags(dataset.id, return_detail=True).total == 1  # type: ignore[union-attr]
    client.tags.unbind_from_dataset(dataset.id, tag.id)
    client.tags.delete(tag.id)
    assert client.tags.list() == []


def test_refusals_are_the_errors_of_the_sdk(api: Api, host: str, client: DifyDatasetClient) -> None:
    dataset = client.datasets.create("Handbook")

    with pytest.raises(DifyConflictError):
        client.datasets.create("Handbook")
    with pytest.raises(DifyNotFoundError):
        client.datasets.get(api.key)
    with pytest.raises(DifyValidationError):
        client.datasets.create("")
    with DifyDatasetClient(api.stranger_key, base_url=host) as stranger, pytest.raises(DifyNotFoundError):
        stranger.datasets.get(dataset.id)
    with DifyDatasetClient("dataset-wrong", base_url=host) as nobody, pytest.raises(DifyAuthenticationError):
        nobody.datasets.list()


def test_requests_of_the_repository_s_sdk(api: Api, host: str) -> None:
    """Snake case paths, a content type on every GET, bodies on DELETE, `automatic` with every text."""
    headers = {"Authorization": f"Bearer {api.key}", "Content-Type": "application/json"}
    with httpx.Client(base_url=f"{host}/v1", headers=headers, timeout=30) as client:

        def send(method: str, path: str, **sent: Any) -> Any:
            answer = client.request(method, path, **sent)
            assert answer.is_success, (method, path, answer.text)
            return answer.json() if answer.content else None

        dataset = send("POST", "/datasets", json={"name": "Handbook"})
        base = f"/datasets/{dataset['id']}"
        chosen = {"embedding_model": "fake-embedding", "embedding_model_provider": "acme"}
        assert send("PATCH", base, json=chosen)["embedding_model"] == "fake-embedding"
        always = {"indexing_technique": "high_quality", "process_rule": {"mode": "automatic"}}
        made = send("POST", f"{base}/document/create_by_text", json={**always, "name": "Guide", "text": TEXT})
        document = f"{base}/documents/{made['document']['id']}"
        ingest()
        status = send("GET", f"{base}/documents/{made['batch']}/indexing-status")
        assert [each["indexing_status"] for each in status["data"]] == ["completed"]
        assert len(send("POST", f"{base}/hit-testing", json={"query": "lunch"})["records"]) >= 1
        send("POST", f"{document}/update_by_text", json={"name": "Guide", "text": TEXT + "\n\n# Tea\n\nAt four."})
        ingest()
        assert send("GET", f"{document}/segments", params={"keyword": "Tea"})["total"] == 1
        [segment] = send("POST", f"{document}/segments", json={"segments": [{"content": "1", "answer": ""}]})["data"]
        send("POST", f"{document}/segments/{segment['id']}", json={"segment": {"content": "2", "enabled": True}})
        send("DELETE", f"{document}/segments/{segment['id']}")
        field = send("POST", f"{base}/metadata", json={"type": "number", "name": "year"})
        change = {"document_id": made["document"]["id"], "metadata_list": [{**field, "value": 2024}]}
        send("POST", f"{base}/documents/metadata", json={"operation_data": [change]})
        send("POST", f"{base}/metadata/built-in/enable", json={})
        assert [each["count"] for each in send("GET", f"{base}/metadata")["doc_metadata"]] == [1]
        tag = send("POST", "/datasets/tags", json={"name": "Travel"})
        send("POST", "/datasets/tags/binding", json={"tag_ids": [tag["id"]], "target_id": dataset["id"]})
        send("POST", "/datasets/tags/unbinding", json={"tag_id": tag["id"], "target_id": dataset["id"]})
        send("PATCH", f"{base}/documents/status/disable", json={"document_ids": [made["document"]["id"]]})
        assert send("GET", f"{base}/documents", params={"page": "", "limit": "", "keyword": ""})["total"] == 1
        send("DELETE", document)
        send("DELETE", base)
