"""What a document names outside itself is checked while it is edited, and again when it is published."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.knowledge.models import Dataset, Permission
from apps.providers.models import Provider
from apps.runs.models import Run
from apps.studio.models import App, Version
from apps.studio.resources import faults_in
from tests.apps.runs.graphs import chat_document, make_app
from tests.cast import Cast
from tests.factories import make_dataset, make_provider


def _document(provider: str, name: str, datasets: list[str]) -> dict[str, Any]:
    document = chat_document()
    llm = next(node for node in document["nodes"] if node["kind"] == "llm")
    llm["config"]["model"] = {"provider": provider, "name": name, "params": {}}
    search = {"query": ["sys", "query"], "dataset_ids": datasets}
    document["nodes"].append(
        {"id": "search", "kind": "knowledge-retrieval", "title": "Search", "parent": None, "config": search}
    )
    start = next(node["id"] for node in document["nodes"] if node["kind"] == "start")
    document["edges"].append({"id": "to-search", "source": start, "handle": "source", "target": "search"})
    return document


def _found(cast: Cast, document: Any) -> list[tuple[str, str | None, str]]:
    return [(fault.code, fault.field, fault.severity) for fault in faults_in(cast.editor, document)]


def test_an_unknown_provider_and_dataset_are_errors(cast: Cast) -> None:
    document = _document("deepseek", "chat", [str(uuid4()), "old id of elsewhere"])

    assert _found(cast, document) == [
        ("model_provider_unknown", "model", "error"),
        ("dataset_not_found", "dataset_ids", "error"),
        ("dataset_not_found", "dataset_ids", "error"),
    ]
    fault = faults_in(cast.editor, document)[0].to_dict()
    assert fault["params"] == {"provider": "deepseek", "model": "chat"}
    assert fault["message"].startswith("The model provider 'deepseek' is not connected.")


def test_what_the_workspace_has_is_no_fault(cast: Cast) -> None:
    dataset = make_dataset(cast.workspace)
    make_provider(cast.workspace, "http://127.0.0.1:9/v1")

    assert _found(cast, _document("acme", "fake-chat", [str(dataset.id)])) == []
    assert _found(cast, _document("weft", "weft-quote", [])) == []
    assert _found(cast, _document("acme", "other", [])) == [("model_unlisted", "model", "warning")]
    Provider.objects.update(models=[])
    assert _found(cast, _document("acme", "other", [])) == []


def test_many_nodes_cost_one_query_for_each_sort(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    document = _document("deepseek", "chat", [str(uuid4()), str(uuid4())])
    document["nodes"] += [{**node, "id": f"{node['id']}-{i}"} for i in range(5) for node in document["nodes"]]
    with django_assert_num_queries(2):
        assert len(faults_in(cast.editor, document)) == 18


def _private(cast: Cast) -> Dataset:
    return make_dataset(cast.workspace, name="Salaries", permission=Permission.ONLY_ME, created_by=cast.owner.user)


def test_a_hidden_knowledge_base_is_not_there_for_who_edits_publishes_or_tries(cast: Cast) -> None:
    hidden = _private(cast)
    make_provider(cast.workspace, "http://127.0.0.1:9/v1")
    document = _document("acme", "fake-chat", [str(hidden.id)])
    app: App = make_app(cast.workspace, document)

    assert _found(cast, document) == [("dataset_not_found", "dataset_ids", "error")]
    assert faults_in(cast.owner, document) == []
    refused = [
        cast.call("editor", "post", f"/apps/{app.id}/versions", {}),
        cast.call("editor", "post", f"/apps/{app.id}/runs", {"query": "Hello"}),
        cast.call("editor", "post", f"/apps/{app.id}/nodes/search/run", {"inputs": {"sys.query": "Hello"}}),
    ]
    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (422, "graph_invalid")
        faults = [each for each in answer.json()["details"]["faults"] if each["severity"] == "error"]
        assert [(each["code"], each["node_id"], each["field"]) for each in faults] == [
            ("dataset_not_found", "search", "dataset_ids")
        ]
    assert (Version.objects.count(), Run.objects.count()) == (0, 0)
    assert cast.call("owner", "post", f"/apps/{app.id}/runs", {"query": "Hello"}).status_code == 202


def test_tools_that_search_are_looked_at_too(cast: Cast) -> None:
    hidden = str(_private(cast).id)
    search = {"provider": "weft", "tool": "search_knowledge"}
    by_variable = {"name": "dataset_ids", "mode": "variable", "value": ["sys", "query"]}
    tools = [
        {**search, "settings": {"dataset_ids": [hidden]}},
        {**search, "arguments": [{"name": "dataset_ids", "value": [hidden]}]},
        {**search, "arguments": [by_variable]},
        {**search, "settings": {"dataset_ids": [hidden]}, "enabled": False},
    ]
    nodes = [
        {"id": "agent", "kind": "agent", "config": {"tools": tools}},
        {"id": "tool", "kind": "tool", "config": {**search, "settings": {"dataset_ids": [hidden]}}},
    ]

    faults = faults_in(cast.editor, {"nodes": nodes})

    assert [(each.code, each.node_id, each.field) for each in faults] == [
        ("dataset_not_found", "agent", "tools.0.settings.dataset_ids"),
        ("dataset_not_found", "agent", "tools.1.arguments"),
        ("config_invalid", "agent", "tools.2.arguments"),
        ("dataset_not_found", "tool", "settings.dataset_ids"),
    ]


@pytest.mark.parametrize("document", [None, [], {}, {"nodes": 5}, {"nodes": [1, {"id": 1}, {"id": "a", "config": 5}]}])
def test_misshapen_documents_are_left_to_the_engine(cast: Cast, document: Any) -> None:
    assert _found(cast, document) == []


def test_the_editor_is_told_and_publishing_is_refused(cast: Cast) -> None:
    app: App = make_app(cast.workspace, _document("deepseek", "chat", []), name="Imported")

    drafted = cast.call("viewer", "get", f"/apps/{app.id}/draft").json()["faults"]
    answer = cast.call("editor", "post", f"/apps/{app.id}/versions", {})

    assert "model_provider_unknown" in [fault["code"] for fault in drafted]
    assert (answer.status_code, answer.json()["code"]) == (422, "graph_invalid")
    assert "model_provider_unknown" in [fault["code"] for fault in answer.json()["details"]["faults"]]
    assert Version.objects.count() == 0


def test_tools_are_told_with_what_models_and_what_only_people_set(cast: Cast) -> None:
    items = cast.call("viewer", "get", "/tools").json()["items"]

    tools = {(item["provider"], item["tool"]): item for item in items}
    search = tools["weft", "search_knowledge"]
    assert ("query" in search["parameters"]["properties"], "dataset_ids" in search["settings"]["properties"]) == (
        True,
        True,
    )
    assert {"provider", "tool", "description", "parameters", "settings", "outputs"} == set(search)
    assert cast.call("nobody", "get", "/tools").status_code == 401
