from __future__ import annotations

from typing import Any

import pytest

from apps.knowledge import hooks
from apps.knowledge.models import Dataset, ExternalService, Permission, Tag
from tests.apps.publishing.service.conftest import NOBODY, Api
from tests.factories import make_dataset


async def made(api: Api, **body: Any) -> dict[str, Any]:
    answer = await api.call("POST", "/datasets", {"name": "Handbook", **body})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def stored() -> list[dict[str, Any]]:
    return [dict(row) for row in Dataset.objects.order_by("id").values()]


async def astored() -> list[dict[str, Any]]:
    from weft.db.aio import call_db

    return await call_db(stored)


async def test_a_dataset_has_every_field_of_dify(api: Api) -> None:
    found = await made(api, description="All we know.", indexing_technique="high_quality", permission="only_me")

    owner = str(api.cast.owner.user.pk)  # type: ignore[union-attr]
    assert found == {
        "id": found["id"],
        "name": "Handbook",
        "description": "All we know.",
        "provider": "vendor",
        "permission": "only_me",
        "data_source_type": None,
        "indexing_technique": "high_quality",
        "app_count": 0,
        "document_count": 0,
        "total_documents": 0,
        "total_available_documents": 0,
        "word_count": 0,
        "created_by": owner,
        "author_name": "",
        "created_at": found["created_at"],
        "updated_by": owner,
        "updated_at": found["updated_at"],
        "embedding_model": "all-MiniLM-L6-v2",
        "embedding_model_provider": "weft",
        "embedding_available": True,
        "retrieval_model_dict": {
            "search_method": "hybrid_search",
            "reranking_enable": False,
            "reranking_mode": "weighted_score",
            "reranking_model": {"reranking_provider_name": "", "reranking_model_name": ""},
            "weights": None,
            "top_k": 4,
            "score_threshold_enabled": False,
            "score_threshold": 0.0,
            "metadata_filtering_conditions": None,
        },
        "tags": [],
        "doc_form": "text_model",
        "doc_metadata": [],
        "built_in_field_enabled": False,
        "external_knowledge_info": {
            "external_knowledge_id": None,
            "external_knowledge_api_id": None,
            "external_knowledge_api_name": None,
            "external_knowledge_api_endpoint": None,
        },
        "external_retrieval_model": {"top_k": 4, "score_threshold": 0.0, "score_threshold_enabled": False},
        "pipeline_id": None,
        "runtime_mode": "general",
        "chunk_structure": None,
        "is_published": False,
        "is_multimodal": False,
        "enable_api": True,
        "icon_info": {"icon_type": "emoji", "icon": "📙", "icon_background": "#FFF4ED", "icon_url": ""},
        "summary_index_setting": {"enable": False},
        "partial_member_list": [],
    }
    assert isinstance(found["created_at"], int)
    assert (await api.call("GET", f"/datasets/{found['id']}")).json() == found


async def test_settings_are_taken_with_the_name_and_read_back(api: Api) -> None:
    model = {
        "search_method": "hybrid_search",
        "reranking_enable": True,
        "reranking_mode": "reranking_model",
        "reranking_model": {
            "reranking_provider_name": "langgenius/cohere/cohere",
            "reranking_model_name": "rerank-v3",
        },
        "weights": {
            "weight_type": "customized",
            "vector_setting": {
                "vector_weight": 0.7,
                "embedding_provider_name": "acme",
                "embedding_model_name": "fake-embedding",
            },
            "keyword_setting": {"keyword_weight": 0.3},
        },
        "top_k": 7,
        "score_threshold_enabled": True,
        "score_threshold": 0.25,
        "metadata_filtering_conditions": {
            "logical_operator": "or",
            "conditions": [{"name": "year", "comparison_operator": "≥", "value": 2020}],
        },
    }
    found = await made(
        api, embedding_model="fake-embedding", embedding_model_provider="langgenius/acme/acme", retrieval_model=model
    )

    shown = {**model, "reranking_model": {"reranking_provider_name": "cohere", "reranking_model_name": "rerank-v3"}}
    assert found["retrieval_model_dict"] == shown
    assert (found["embedding_model_provider"], found["embedding_model"]) == ("acme", "fake-embedding")


async def test_economy_is_a_search_by_terms(api: Api) -> None:
    found = await made(api, indexing_technique="economy")

    assert found["retrieval_model_dict"]["search_method"] == "full_text_search"


async def test_what_was_never_known_is_ignored_and_null_is_absent(api: Api) -> None:
    found = await made(api, surprise={"a": 1}, description=None, permission=None, retrieval_model=None, provider=None)

    assert (found["permission"], found["description"]) == ("all_team_members", "")


REFUSED = ("invalid_param", 400)


SENSELESS_DATASETS: list[Any] = [
    (b"", *REFUSED),
    (b"{", *REFUSED),
    (b"[]", *REFUSED),
    ({}, *REFUSED),
    ({"name": ""}, *REFUSED),
    ({"name": "x" * 121}, *REFUSED),
    ({"name": 7}, *REFUSED),
    ({"name": "Taken"}, "dataset_name_duplicate", 409),
    ({"name": "x", "permission": "everybody"}, *REFUSED),
    ({"name": "x", "indexing_technique": "cheap"}, *REFUSED),
    ({"name": "x", "provider": "cloud"}, *REFUSED),
    ({"name": "x", "provider": "external"}, *REFUSED),
    ({"name": "x", "embedding_model": "m"}, *REFUSED),
    (
        {"name": "x", "embedding_model": "m", "embedding_model_provider": "nobody"},
        "provider_not_initialize",
        400,
    ),
    ({"name": "x", "retrieval_model": []}, *REFUSED),
    ({"name": "x", "retrieval_model": {"search_method": "magic"}}, *REFUSED),
    ({"name": "x", "retrieval_model": {"top_k": 0}}, *REFUSED),
    (
        {"name": "x", "retrieval_model": {"score_threshold_enabled": True, "score_threshold": 2}},
        "invalid_param",
        400,
    ),
    (
        {
            "name": "x",
            "retrieval_model": {
                "metadata_filtering_conditions": {"conditions": [{"name": "a", "comparison_operator": "like"}]}
            },
        },
        "invalid_param",
        400,
    ),
    ({"name": "x", "permission": "partial_members", "partial_member_list": [NOBODY]}, *REFUSED),
]


async def test_a_senseless_dataset_is_refused(api: Api) -> None:
    await made(api, name="Taken")
    for body, code, status in SENSELESS_DATASETS:
        before = await astored()

        answer = await api.call("POST", "/datasets", body)

        assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (status, code, status), body
        assert answer.json()["message"]
        assert await astored() == before


async def test_the_list_is_paged_newest_first_and_searched(api: Api) -> None:
    for number in range(3):
        await made(api, name=f"Set {number}")

    first = (await api.call("GET", "/datasets", query={"page": 1, "limit": 2})).json()
    second = (await api.call("GET", "/datasets", query={"page": 2, "limit": 2})).json()
    blank = (await api.call("GET", "/datasets?page=&limit=&keyword=&include_all=True")).json()
    capped = (await api.call("GET", "/datasets", query={"limit": 5000})).json()
    found = (await api.call("GET", "/datasets", query={"keyword": "SET 1"})).json()

    assert [row["name"] for row in first["data"]] == ["Set 2", "Set 1"]
    assert {name: first[name] for name in ("has_more", "limit", "total", "page")} == {
        "has_more": True,
        "limit": 2,
        "total": 3,
        "page": 1,
    }
    assert ([row["name"] for row in second["data"]], second["has_more"]) == (["Set 0"], False)
    assert (blank["limit"], blank["total"], capped["limit"]) == (20, 3, 100)
    assert [row["name"] for row in found["data"]] == ["Set 1"]
    assert (await api.call("GET", "/datasets", query={"page": 0})).json()["code"] == "invalid_param"


async def test_the_list_is_narrowed_by_tags(api: Api) -> None:
    from weft.db.aio import call_db

    def tagged() -> tuple[str, str]:
        both, one = make_dataset(api.cast.workspace, name="Both"), make_dataset(api.cast.workspace, name="One")
        first = Tag.objects.create(workspace=api.cast.workspace, name="first")
        second = Tag.objects.create(workspace=api.cast.workspace, name="second")
        first.datasets.set([both, one])
        second.datasets.set([both])
        return str(first.pk), str(second.pk)

    first, second = await call_db(tagged)

    async def names(*tags: str) -> list[str]:
        answer = await api.call("GET", "/datasets?" + "&".join(f"tag_ids={tag}" for tag in tags))
        return sorted(row["name"] for row in answer.json()["data"])

    assert await names(first) == ["Both", "One"]
    assert await names(first, second) == ["Both"]
    assert await names(NOBODY) == []
    assert (await api.call("GET", "/datasets?tag_ids=nonsense")).json()["code"] == "invalid_param"


async def test_patch_changes_what_it_names(api: Api) -> None:
    found = await made(api)
    body = {
        "name": "Guide",
        "description": "",
        "permission": "partial_members",
        "partial_member_list": [{"user_id": str(api.cast.viewer.user.pk)}],  # type: ignore[union-attr]
        "embedding_model": "fake-embedding",
        "embedding_model_provider": "acme",
        "retrieval_model": {"search_method": "semantic_search", "reranking_enable": False, "top_k": 3},
        "icon_info": {"icon_type": "emoji", "icon": "🚂", "icon_background": "#fff"},
    }

    changed = (await api.call("PATCH", f"/datasets/{found['id']}", body)).json()

    assert {name: changed[name] for name in ("name", "permission", "embedding_model", "partial_member_list")} == {
        "name": "Guide",
        "permission": "partial_members",
        "embedding_model": "fake-embedding",
        "partial_member_list": [str(api.cast.viewer.user.pk)],  # type: ignore[union-attr]
    }
    assert changed["retrieval_model_dict"]["search_method"] == "semantic_search"
    assert changed["icon_info"]["icon"] == "🚂"
    again = (await api.call("PATCH", f"/datasets/{found['id']}", {})).json()
    assert {**again, "updated_at": 0} == {**changed, "updated_at": 0}


async def test_a_patch_that_is_refused_changes_nothing(api: Api) -> None:
    found = await made(api)
    await made(api, name="Taken")
    before = await astored()

    for body, code in (
        ({"name": "Taken", "permission": "only_me"}, "dataset_name_duplicate"),
        ({"name": "Guide", "permission": "partial_members", "partial_member_list": [NOBODY]}, "invalid_param"),
        ({"name": "Guide", "retrieval_model": {"top_k": "many"}}, "invalid_param"),
        ({"description": 7}, "invalid_param"),
        ({"enable_api": "perhaps"}, "invalid_param"),
    ):
        answer = await api.call("PATCH", f"/datasets/{found['id']}", body)
        assert answer.json()["code"] == code
        assert await astored() == before


async def test_a_dataset_is_deleted_unless_an_app_searches_it(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await made(api)
    with monkeypatch.context() as patch:
        users = [{"id": "a", "name": "Help desk"}]
        patch.setattr(hooks, "dataset_users", [lambda workspace_id, ids: dict.fromkeys(ids, users)])
        refused = await api.call("DELETE", f"/datasets/{found['id']}")
        assert (await api.call("GET", f"/datasets/{found['id']}")).json()["app_count"] == 1
    assert (refused.status_code, refused.json()["code"]) == (409, "dataset_in_use")
    assert len(await astored()) == 1

    deleted = await api.call("DELETE", f"/datasets/{found['id']}")

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert await astored() == []
    assert (await api.call("DELETE", f"/datasets/{found['id']}")).status_code == 404


async def test_a_dataset_that_is_closed_to_keys(api: Api) -> None:
    found = await made(api)
    closed = await api.call("PATCH", f"/datasets/{found['id']}", {"enable_api": False})
    assert closed.json()["enable_api"] is False

    answer = await api.call("GET", f"/datasets/{found['id']}")

    assert (answer.status_code, answer.json()) == (
        403,
        {"code": "forbidden", "message": "Dataset api access is not enabled.", "status": 403},
    )
    assert (await api.call("GET", "/datasets")).json()["total"] == 0


async def test_an_external_dataset(api: Api) -> None:
    from weft.db.aio import call_db

    def service() -> str:
        row = ExternalService.objects.create(
            workspace=api.cast.workspace, name="Wiki", endpoint="http://127.0.0.1:9/kb", api_key=""
        )
        return str(row.pk)

    service_id = await call_db(service)
    body = {"provider": "external", "external_knowledge_api_id": service_id, "external_knowledge_id": "wiki-1"}

    found = await made(api, **body, external_retrieval_model={"top_k": 2, "score_threshold_enabled": False})

    assert (found["provider"], found["indexing_technique"], found["embedding_model"]) == ("external", None, None)
    assert found["external_knowledge_info"] == {
        "external_knowledge_id": "wiki-1",
        "external_knowledge_api_id": service_id,
        "external_knowledge_api_name": "Wiki",
        "external_knowledge_api_endpoint": "http://127.0.0.1:9/kb",
    }
    assert found["external_retrieval_model"]["top_k"] == 2
    before = await astored()
    unknown = await api.call("POST", "/datasets", {"name": "x", **body, "external_knowledge_api_id": NOBODY})
    stranger = await api.call("POST", "/datasets", {"name": "x", **body}, key=api.stranger_key)
    assert [unknown.status_code, stranger.status_code] == [404, 404]
    assert await astored() == before


async def test_a_dataset_shared_with_few_is_there_for_keys(api: Api) -> None:
    found = await made(api, permission="only_me")

    assert (await api.call("GET", "/datasets")).json()["data"][0]["id"] == found["id"]
    assert (await astored())[0]["permission"] == Permission.ONLY_ME
