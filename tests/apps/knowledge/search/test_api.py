"""The search over HTTP: trying it, asking why, what the model reads, how a dataset is searched, who may."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from apps.knowledge.models import Chunk, Dataset, Permission
from tests.apps.knowledge.search.handbook import ENGLISH, make_document
from tests.cast import Cast
from tests.factories import make_dataset

QUERY = "How much vacation do I get?"


def post(cast: Cast, path: str, body: dict[str, Any], who: str = "viewer") -> Any:
    return cast.call(who, "POST", path, body)


def test_a_search_answers_with_hits_funnel_and_settings(cast: Cast, handbook: Dataset) -> None:
    path = f"/datasets/{handbook.id}/retrieve"
    body = post(cast, path, {"query": QUERY, "settings": {"top_k": 1}, "explain": True}).json()

    chunk = Chunk.objects.get(headings=["Holidays"])
    [item] = body["items"]
    assert 0 < item.pop("score") <= 1
    assert item.pop("scores")["vector"]["rank"] == 1
    assert item == {
        "chunk_id": str(chunk.id),
        "document_id": str(chunk.document_id),
        "document_name": "english.md",
        "dataset_id": str(handbook.id),
        "dataset_name": "Handbook",
        "position": 2,
        "headings": ["Holidays"],
        "page": None,
        "boxes": [],
        "start": chunk.start,
        "end": chunk.end,
        "content": ENGLISH["Holidays"],
        "answer": "",
        "kind": "passage",
        "score_method": "fused",
        "metadata": {"language": "en", "year": 2024},
        "source": "file",
        "children": [],
        "also": [],
    }
    funnel = body["funnel"]
    assert [step["name"] for step in funnel["steps"]] == ["lexical", "vector", "live", "fusion", "merge", "top_k"]
    assert funnel["notes"] == []
    fusion = next(step for step in funnel["steps"] if step["name"] == "fusion")
    [weight] = fusion["details"]["weights"]
    assert weight == {
        "dataset_id": str(handbook.id),
        "name": "Handbook",
        "script": "latin",
        "vector_weight": 0.5,
        "why": "read",
        "right": 8,
        "of": 10,
    }
    assert body["settings"]["top_k"] == 1
    assert body["elapsed_ms"] >= 0

    short = {"query": QUERY, "top_k": 2, "score_threshold": 0.01}
    body = post(cast, path, short).json()
    assert (body["funnel"], body["settings"]["top_k"], body["settings"]["threshold"]) == (None, 2, 0.01)


def test_several_datasets_at_once(cast: Cast, handbook: Dataset) -> None:
    other = make_dataset(cast.workspace, name="Menu", reading=handbook.reading)
    make_document(other, "menu.md", [("Soup", "Vacation soup with leek.")])

    ids = [str(handbook.id), str(other.id)]
    body = post(cast, "/retrieve", {"query": "vacation", "dataset_ids": ids, "top_k": 6}).json()

    assert {item["dataset_name"] for item in body["items"]} == {"Handbook", "Menu"}
    assert post(cast, "/retrieve", {"query": "x", "dataset_ids": [ids[0], str(uuid4())]}).status_code == 404
    assert post(cast, "/retrieve", {"query": "x", "dataset_ids": []}).status_code == 422


def test_why_not(cast: Cast, handbook: Dataset) -> None:
    travel = Chunk.objects.get(headings=["Travel"])
    body = {"query": QUERY, "settings": {"top_k": 1}, "chunk_id": str(travel.id)}

    why = post(cast, f"/datasets/{handbook.id}/why-not", body).json()

    assert (why["stage"], why["other_chunk_id"], why["details"]) == ("top_k", None, {})
    assert why["score"] < why["cutoff"]
    assert why["rank"] > 1
    missing = {**body, "chunk_id": str(uuid4())}
    assert post(cast, f"/datasets/{handbook.id}/why-not", missing).status_code == 404


def test_what_the_model_reads(cast: Cast, handbook: Dataset) -> None:
    reading = cast.call("viewer", "GET", f"/datasets/{handbook.id}/reading").json()
    assert reading["weights"] == {"latin": 0.5, "cjk": 0.0}
    assert {language: each["right"] for language, each in reading["languages"].items()} == {"en": 8, "zh": 1}
    assert len(reading["trials"]) == 20
    # a new dataset with the same model knows it at once
    other = make_dataset(cast.workspace)
    assert cast.call("viewer", "GET", f"/datasets/{other.id}/reading").json() == reading
    other.refresh_from_db()
    assert (other.reading, other.revision) == (reading, 0)


def test_settings_are_shown_and_changed(cast: Cast, handbook: Dataset) -> None:
    path = f"/datasets/{handbook.id}/retrieval"
    before = cast.call("viewer", "GET", path).json()
    assert (before["method"], before["vector_weight"], before["top_k"], before["cache"]) == ("hybrid", None, 4, True)

    changed = cast.call("editor", "PUT", path, {"top_k": 7, "expand": {"neighbours": 1}})

    assert changed.json() == {**before, "top_k": 7, "expand": {"parent": True, "neighbours": 1}}
    assert cast.call("viewer", "GET", path).json() == changed.json()
    found = post(cast, f"/datasets/{handbook.id}/retrieve", {"query": "thirty days"}).json()
    assert found["settings"] == changed.json()
    refused = cast.call("editor", "PUT", path, {"top_k": 0, "method": "lexical"})
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (
        422,
        "retrieval_setting_invalid",
        "top_k",
    )
    assert cast.call("viewer", "PUT", path, {"top_k": 9}).status_code == 403
    assert cast.call("viewer", "GET", path).json() == changed.json()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": ""},
        {"query": "x", "top_k": 0},
        {"query": "x", "top_k": 1000},
        {"query": "x", "score_threshold": 2},
        {"query": "x", "settings": {"method": "magic"}},
        {"query": "x", "settings": {"colour": 1}},
        {"query": "x", "filter": {"conditions": [{"name": "a", "operator": "like"}]}},
        {"query": "x", "history": ["hello"]},
    ],
)
def test_a_senseless_search_is_refused(cast: Cast, transactional_db: None, body: dict[str, Any]) -> None:
    dataset = make_dataset(cast.workspace)
    assert post(cast, f"/datasets/{dataset.id}/retrieve", body).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "retrieve", {"query": "x"}),
        ("POST", "why-not", {"query": "x", "chunk_id": str(uuid4())}),
        ("GET", "reading", None),
        ("GET", "retrieval", None),
        ("PUT", "retrieval", {"top_k": 2}),
    ],
)
def test_only_who_sees_a_dataset_searches_it(
    cast: Cast, transactional_db: None, method: str, path: str, body: dict[str, Any] | None
) -> None:
    dataset = make_dataset(cast.workspace, permission=Permission.ONLY_ME, created_by=cast.owner.user)
    for who, status in (("viewer", 404), ("stranger", 404), ("nobody", 401)):
        assert cast.call(who, method, f"/datasets/{dataset.id}/{path}", body).status_code in (status, 403)
    dataset.refresh_from_db()
    assert dataset.retrieval == {}
