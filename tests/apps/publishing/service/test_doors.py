"""Every endpoint of the knowledge API against keys that do not open it, and what belongs to others."""

from __future__ import annotations

from typing import Any

import pytest

from apps.accounts.models import AuditEntry
from apps.knowledge.models import Chunk, ChunkKind, Dataset, Document, MetadataField, Tag
from tests.apps.publishing.service.conftest import NOBODY, Api
from weft.db.aio import call_db

DATASET = "/datasets/{dataset}"
DOCUMENT = DATASET + "/documents/{document}"
SEGMENT = DOCUMENT + "/segments/{segment}"
TEXT = {"name": "a.md", "text": "A."}
IDS = {"document_ids": ["{document}"]}
# method, path, body; every one names something of the workspace
ENDPOINTS: list[tuple[str, str, Any]] = [
    ("GET", DATASET, None),
    ("PATCH", DATASET, {"name": "Changed"}),
    ("DELETE", DATASET, None),
    ("POST", DATASET + "/retrieve", {"query": "x"}),
    ("POST", DATASET + "/hit-testing", {"query": "x"}),
    ("GET", DATASET + "/tags", None),
    ("GET", DATASET + "/metadata", None),
    ("POST", DATASET + "/metadata", {"type": "string", "name": "new"}),
    ("GET", DATASET + "/metadata/built-in", None),
    ("POST", DATASET + "/metadata/built-in/enable", None),
    ("PATCH", DATASET + "/metadata/{field}", {"name": "changed"}),
    ("DELETE", DATASET + "/metadata/{field}", None),
    ("GET", DATASET + "/pipeline/datasource-plugins", None),
    ("POST", DATASET + "/pipeline/datasource/nodes/n/run", {}),
    ("POST", DATASET + "/pipeline/run", {}),
    ("POST", DATASET + "/document/create-by-text", TEXT),
    ("POST", DATASET + "/document/create-by-file", {"name": "changed"}),
    ("GET", DATASET + "/documents", None),
    ("POST", DATASET + "/documents/metadata", {"operation_data": [{"document_id": "{document}"}]}),
    ("POST", DATASET + "/documents/download-zip", IDS),
    ("PATCH", DATASET + "/documents/status/disable", IDS),
    ("GET", DATASET + "/documents/20260101000000000001/indexing-status", None),
    ("GET", DOCUMENT, None),
    ("PATCH", DOCUMENT, {"name": "changed"}),
    ("DELETE", DOCUMENT, None),
    ("POST", DOCUMENT + "/update-by-text", TEXT),
    ("POST", DOCUMENT + "/update-by-file", {"name": "changed"}),
    ("GET", DOCUMENT + "/download", None),
    ("GET", DOCUMENT + "/upload-file", None),
    ("GET", DOCUMENT + "/segments", None),
    ("POST", DOCUMENT + "/segments", {"segments": [{"content": "x"}]}),
    ("GET", SEGMENT, None),
    ("POST", SEGMENT, {"segment": {"content": "x"}}),
    ("DELETE", SEGMENT, None),
    ("GET", SEGMENT + "/child_chunks", None),
    ("POST", SEGMENT + "/child_chunks", {"content": "x"}),
    ("PATCH", SEGMENT + "/child_chunks/{child}", {"content": "x"}),
    ("DELETE", SEGMENT + "/child_chunks/{child}", None),
    ("PATCH", "/datasets/tags", {"tag_id": "{tag}", "name": "changed"}),
    ("DELETE", "/datasets/tags", {"tag_id": "{tag}"}),
    ("POST", "/datasets/tags/binding", {"tag_ids": ["{tag}"], "target_id": "{dataset}"}),
    ("POST", "/datasets/tags/unbinding", {"tag_ids": ["{tag}"], "target_id": "{dataset}"}),
]
OF_ALL = [
    ("GET", "/datasets", None),
    ("POST", "/datasets", {"name": "New"}),
    ("GET", "/datasets/tags", None),
    ("POST", "/datasets/tags", {"name": "new"}),
    ("POST", "/datasets/pipeline/file-upload", None),
    ("GET", "/workspaces/current/models/model-types/llm", None),
]


def fill(value: Any, names: dict[str, str]) -> Any:
    match value:
        case str():
            return value.format(**names) if "{" in value else value
        case list():
            return [fill(each, names) for each in value]
        case dict():
            return {key: fill(each, names) for key, each in value.items()}
    return value


def prepare(document: Document) -> dict[str, str]:
    """A field, a tag, and a child below the first segment."""
    dataset = document.dataset
    segment = document.chunks.order_by("position")[0]
    segment.kind = ChunkKind.PARENT
    segment.save()
    child = Chunk.objects.create(
        dataset=dataset, document=document, kind="child", parent=segment, position=0, content="c"
    )
    field = MetadataField.objects.create(dataset=dataset, name="author", type="string")
    tag = Tag.objects.create(workspace=dataset.workspace, name="Travel")
    rows = {"dataset": dataset, "document": document, "segment": segment, "child": child, "field": field, "tag": tag}
    return {name: str(row.pk) for name, row in rows.items()}


def everything() -> list[Any]:
    models = (Dataset, Document, Chunk, MetadataField, Tag, AuditEntry)
    return [sorted(map(str, model.objects.values())) for model in models]


@pytest.fixture
def names(document: Document) -> dict[str, str]:
    return prepare(document)


async def test_no_other_key_opens_anything(api: Api, names: dict[str, str]) -> None:
    before = await call_db(everything)
    message = "Access token is invalid. Create a knowledge key under Settings in Weft."

    for method, path, body in ENDPOINTS + OF_ALL:
        for key in ("wrong", "dataset-" + "x" * 24, api.app_key, ""):
            answer = await api.call(method, fill(path, names), fill(body, names), key=key)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), (method, path, key)
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'
            assert not key or answer.json() == {"code": "unauthorized", "message": message, "status": 401}
    assert await call_db(everything) == before


async def test_what_is_another_workspace_s_does_not_exist(api: Api, names: dict[str, str]) -> None:
    before = await call_db(everything)

    answers = {
        f"{method} {path}": await api.call(method, fill(path, names), fill(body, names), key=api.stranger_key)
        for method, path, body in ENDPOINTS
    }

    wrong = {name: answer.status_code for name, answer in answers.items() if answer.status_code != 404}
    assert wrong == {}
    assert {answer.json()["code"] for answer in answers.values()} == {"not_found"}
    assert await call_db(everything) == before


async def test_what_is_missing_is_not_found(api: Api, names: dict[str, str]) -> None:
    nothing = dict.fromkeys(names, NOBODY)
    before = await call_db(everything)

    for method, path, body in ENDPOINTS:
        answer = await api.call(method, fill(path, nothing), fill(body, nothing))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, path)
    assert await call_db(everything) == before


async def test_methods_that_are_not_there(api: Api, names: dict[str, str]) -> None:
    paths = {path for _, path, _ in ENDPOINTS + OF_ALL}

    for path in sorted(paths):
        answer = await api.call("PUT", fill(path, names))
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed"), path
        preflight = await api.call("OPTIONS", fill(path, names))
        assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (204, "*")


async def test_pipelines_are_refused_clearly(api: Api, names: dict[str, str]) -> None:
    asked = [each for each in ENDPOINTS + OF_ALL if "/pipeline/" in each[1]]

    answers = [await api.call(method, fill(path, names), body) for method, path, body in asked]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(400, "pipeline_unsupported")}
    assert "create-by-file" in answers[0].json()["message"]


async def test_models_by_type(api: Api) -> None:
    async def models(kind: str) -> dict[str, list[str]]:
        answer = await api.call("GET", f"/workspaces/current/models/model-types/{kind}")
        assert answer.status_code == 200, answer.content
        return {each["provider"]: [model["model"] for model in each["models"]] for each in answer.json()["data"]}

    embedding = await models("text-embedding")
    assert embedding["acme"] == ["fake-embedding"]
    assert "all-MiniLM-L6-v2" in embedding["weft"]
    assert (await models("llm"))["acme"] == ["fake-chat"]
    assert [await models(kind) for kind in ("speech2text", "tts", "moderation")] == [{}, {}, {}]
    whole = (await api.call("GET", "/workspaces/current/models/model-types/text-embedding")).json()["data"]
    [acme] = [each for each in whole if each["provider"] == "acme"]
    label = {"en_US": "fake-embedding", "zh_Hans": "fake-embedding"}
    assert acme == {
        "tenant_id": str(api.cast.workspace.pk),
        "provider": "acme",
        "label": {"en_US": "Acme", "zh_Hans": "Acme"},
        "icon_small": None,
        "status": "active",
        "models": [
            {
                "model": "fake-embedding",
                "label": label,
                "model_type": "text-embedding",
                "features": [],
                "fetch_from": "customizable-model",
                "model_properties": {},
                "deprecated": False,
                "status": "active",
                "load_balancing_enabled": False,
            }
        ],
    }
    unknown = await api.call("GET", "/workspaces/current/models/model-types/video")
    assert (unknown.status_code, unknown.json()["code"]) == (400, "invalid_param")
