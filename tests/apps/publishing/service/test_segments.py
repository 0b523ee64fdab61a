from __future__ import annotations

from typing import Any

import pytest

from apps.knowledge import services, tasks
from apps.knowledge.models import Chunk, ChunkKind, Dataset, Document
from apps.knowledge.processing import Pairs, ParentChild, Processing
from tests.apps.publishing.service.conftest import NOBODY, Api
from weft.db.aio import call_db

NESTED = "# Travel\n\nTrains are booked early, by those who travel far. Planes are not booked by anybody at all, ever."


def base(document: Document) -> str:
    return f"/datasets/{document.dataset_id}/documents/{document.pk}/segments"


def stored() -> list[dict[str, Any]]:
    return [dict(row) for row in Chunk.objects.order_by("id").values()]


@pytest.fixture
def nested(api: Api, dataset: Dataset) -> Document:
    """A document whose segments have child chunks."""
    return _ready(api, dataset, ParentChild(child_size=50), NESTED)


@pytest.fixture
def pairs(api: Api, dataset: Dataset) -> Document:
    return _ready(api, dataset, Pairs(), "Q: When is lunch?\n\nA: At noon.")


def _ready(api: Api, dataset: Dataset, chunker: Any, text: str) -> Document:
    settings = Processing(chunker=chunker).model_dump(mode="json")
    row = services.add_text_document(api.cast.owner, dataset.pk, name="a.md", text=text, processing=settings)
    tasks.ingest_document(str(row.pk))
    return Document.objects.get(pk=row.pk)


async def test_segments_as_dify_shows_them(api: Api, document: Document) -> None:
    page = (await api.call("GET", base(document))).json()

    first, second = page["data"]
    owner = str(api.cast.owner.user.pk)  # type: ignore[union-attr]
    assert first == {
        "id": first["id"],
        "position": 1,
        "document_id": str(document.pk),
        "content": first["content"],
        "sign_content": first["content"],
        "answer": None,
        "word_count": len(first["content"]),
        "tokens": -(-len(first["content"]) // 4),
        "keywords": [],
        "index_node_id": first["id"],
        "index_node_hash": first["index_node_hash"],
        "hit_count": 0,
        "enabled": True,
        "disabled_at": None,
        "disabled_by": None,
        "status": "completed",
        "created_by": owner,
        "created_at": first["created_at"],
        "updated_by": owner,
        "updated_at": first["updated_at"],
        "indexing_at": first["created_at"],
        "completed_at": first["updated_at"],
        "error": None,
        "stopped_at": None,
        "child_chunks": [],
        "attachments": [],
        "summary": None,
    }
    assert "Trains are booked early." in first["content"]
    assert (second["position"], "Lunch is free." in second["content"]) == (2, True)
    assert {name: page[name] for name in ("doc_form", "total", "has_more", "limit", "page")} == {
        "doc_form": "text_model",
        "total": 2,
        "has_more": False,
        "limit": 20,
        "page": 1,
    }
    alone = (await api.call("GET", f"{base(document)}/{first['id']}")).json()
    assert alone == {"data": first, "doc_form": "text_model"}


async def test_segments_are_paged_searched_and_filtered(api: Api, document: Document) -> None:
    async def positions(query: str) -> list[int]:
        return [row["position"] for row in (await api.call("GET", f"{base(document)}?{query}")).json()["data"]]

    assert await positions("page=2&limit=1") == [2]
    assert await positions("keyword=LUNCH") == [2]
    assert await positions("status=completed&status=indexing") == [1, 2]
    assert await positions("status=indexing") == await positions("status=error") == []
    assert await positions("status=&keyword=") == [1, 2]
    assert (await api.call("GET", f"{base(document)}?status=lost")).json()["code"] == "invalid_param"


async def test_segments_are_added_and_found(api: Api, document: Document) -> None:
    given = [{"content": "Dinner is at eight.", "keywords": ["dinner"], "answer": ""}, {"content": "Tea is at four."}]

    answer = (await api.call("POST", base(document), {"segments": given})).json()

    assert answer["doc_form"] == "text_model"
    assert [(row["content"], row["keywords"], row["position"]) for row in answer["data"]] == [
        ("Dinner is at eight.", ["dinner"], 3),
        ("Tea is at four.", [], 4),
    ]
    assert (await api.call("GET", base(document))).json()["total"] == 4
    found = await api.call("POST", f"/datasets/{document.dataset_id}/retrieve", {"query": "dinner at eight"})
    assert found.json()["records"][0]["segment"]["id"] == answer["data"][0]["id"]


SENSELESS_SEGMENTS: list[Any] = [
    b"",
    {},
    {"segments": []},
    {"segments": "x"},
    {"segments": ["x"]},
    {"segments": [{}]},
    {"segments": [{"content": ""}]},
    {"segments": [{"content": 7}]},
    {"segments": [{"content": "x", "keywords": "a"}]},
    {"segments": [{"content": "x", "keywords": [7]}]},
    {"segments": [{"content": "x"}, {"content": " "}]},
    {"segments": [{"content": "x", "answer": "but no question"}]},
]


async def test_senseless_segments_are_refused(api: Api, document: Document) -> None:
    for body in SENSELESS_SEGMENTS:
        before = await call_db(stored)

        answer = await api.call("POST", base(document), body)

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_param"), body
        assert await call_db(stored) == before


@pytest.mark.parametrize("state", [{"stage": "embedding"}, {"is_enabled": False}])
async def test_a_document_that_is_not_ready_takes_no_segments(
    api: Api, document: Document, state: dict[str, Any]
) -> None:
    await call_db(lambda: Document.objects.update(**state))
    before = await call_db(stored)

    answer = await api.call("POST", base(document), {"segments": [{"content": "Dinner."}]})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert await call_db(stored) == before


async def test_a_segment_is_changed(api: Api, document: Document) -> None:
    first = (await api.call("GET", base(document))).json()["data"][0]
    path = f"{base(document)}/{first['id']}"

    text = (await api.call("POST", path, {"segment": {"content": "Buses are late.", "keywords": ["bus"]}})).json()
    off = (await api.call("POST", path, {"segment": {"enabled": False, "content": None, "answer": None}})).json()

    assert (text["data"]["id"], text["data"]["content"], text["data"]["keywords"]) == (
        first["id"],
        "Buses are late.",
        ["bus"],
    )
    assert text["doc_form"] == "text_model"
    assert (off["data"]["enabled"], off["data"]["content"]) == (False, "Buses are late.")
    found = await api.call("POST", f"/datasets/{document.dataset_id}/retrieve", {"query": "Buses are late"})
    assert first["id"] not in [record["segment"]["id"] for record in found.json()["records"]]


SENSELESS_CHANGES: list[Any] = [
    "x",
    {"content": " "},
    {"content": 7},
    {"enabled": "perhaps"},
    {"keywords": "a"},
    {"answer": "no pair"},
]


async def test_a_senseless_change_is_refused(api: Api, document: Document) -> None:
    for segment in SENSELESS_CHANGES:
        before = await call_db(stored)

        answer = await api.call("POST", f"{base(document)}/{before[0]['id']}", {"segment": segment})

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_param"), segment
        assert await call_db(stored) == before


async def test_a_segment_is_deleted(api: Api, document: Document) -> None:
    first, second = (await api.call("GET", base(document))).json()["data"]

    deleted = await api.call("DELETE", f"{base(document)}/{first['id']}")

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert [row["id"] for row in (await api.call("GET", base(document))).json()["data"]] == [second["id"]]
    assert (await api.call("DELETE", f"{base(document)}/{first['id']}")).status_code == 404


async def test_pairs_have_answers(api: Api, pairs: Document) -> None:
    page = (await api.call("GET", base(pairs))).json()

    [pair] = page["data"]
    assert (page["doc_form"], pair["content"], pair["answer"]) == ("qa_model", "When is lunch?", "At noon.")
    added = await api.call("POST", base(pairs), {"segments": [{"content": "When is tea?", "answer": "At four."}]})
    assert added.json()["data"][0]["answer"] == "At four."
    changed = await api.call("POST", f"{base(pairs)}/{pair['id']}", {"segment": {"answer": "At one."}})
    assert (changed.json()["data"]["content"], changed.json()["data"]["answer"]) == ("When is lunch?", "At one.")


async def test_children_are_listed_added_changed_and_deleted(api: Api, nested: Document) -> None:
    [segment] = (await api.call("GET", base(nested))).json()["data"]
    path = f"{base(nested)}/{segment['id']}/child_chunks"

    listed = (await api.call("GET", path)).json()
    added = (await api.call("POST", path, {"content": "Buses are late."})).json()["data"]
    changed = (await api.call("PATCH", f"{path}/{added['id']}", {"content": "Buses are early."})).json()["data"]

    n = listed["total"]
    assert n >= 2
    assert listed["data"] == segment["child_chunks"]
    assert {name: listed[name] for name in ("total_pages", "page", "limit")} == {
        "total_pages": 1,
        "page": 1,
        "limit": 20,
    }
    assert added == {
        "id": added["id"],
        "segment_id": segment["id"],
        "content": "Buses are late.",
        "position": n + 1,
        "word_count": 15,
        "tokens": 4,
        "type": "customized",
        "created_at": added["created_at"],
        "updated_at": added["updated_at"],
    }
    assert listed["data"][0]["type"] == "automatic"
    assert (changed["id"], changed["content"], changed["position"]) == (added["id"], "Buses are early.", n + 1)
    searched = (await api.call("GET", f"{path}?keyword=BUSES&limit=1")).json()
    assert ([each["id"] for each in searched["data"]], searched["total"]) == ([added["id"]], 1)
    found = await api.call("POST", f"/datasets/{nested.dataset_id}/retrieve", {"query": "Buses are early"})
    record = found.json()["records"][0]
    assert (record["segment"]["id"], record["child_chunks"][0]["id"]) == (segment["id"], added["id"])
    assert set(record["child_chunks"][0]) == {"id", "content", "position", "score"}
    deleted = await api.call("DELETE", f"{path}/{added['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await api.call("GET", path)).json() == listed


async def test_children_are_cut_anew_when_asked(api: Api, nested: Document) -> None:
    [segment] = (await api.call("GET", base(nested))).json()["data"]
    path = f"{base(nested)}/{segment['id']}"
    content = "Ferries leave at dawn, whatever the weather is. The last bus leaves at night, and waits for nobody."

    kept = (await api.call("POST", path, {"segment": {"content": content}})).json()["data"]
    anew = (await api.call("POST", path, {"segment": {"regenerate_child_chunks": True}})).json()["data"]

    assert kept["child_chunks"] == segment["child_chunks"]
    texts = [each["content"] for each in anew["child_chunks"]]
    assert len(texts) > 1
    assert " ".join(texts) == content
    assert await call_db(lambda: Chunk.objects.filter(kind=ChunkKind.CHILD, is_indexed=True).count()) == len(texts)


async def test_only_hierarchical_segments_have_children(api: Api, document: Document) -> None:
    before = await call_db(stored)
    path = f"{base(document)}/{before[0]['id']}/child_chunks"

    refused = await api.call("POST", path, {"content": "Buses."})

    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_param")
    assert (await api.call("GET", path)).json()["data"] == []
    assert await call_db(stored) == before


async def test_what_is_not_there(api: Api, nested: Document) -> None:
    [segment] = (await api.call("GET", base(nested))).json()["data"]
    child = segment["child_chunks"][0]["id"]
    before = await call_db(stored)
    paths = [
        f"{base(nested)}/{NOBODY}",
        f"{base(nested)}/nonsense",
        # a child is no segment
        f"{base(nested)}/{child}",
        f"{base(nested)}/{segment['id']}/child_chunks/{segment['id']}",
        f"{base(nested)}/{segment['id']}/child_chunks/{NOBODY}",
        f"/datasets/{nested.dataset_id}/documents/{NOBODY}/segments/{segment['id']}",
        f"/datasets/{NOBODY}/documents/{nested.pk}/segments/{segment['id']}",
    ]

    answers = [await api.call("DELETE", path) for path in paths]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [(404, "not_found")] * len(paths)
    assert await call_db(stored) == before
