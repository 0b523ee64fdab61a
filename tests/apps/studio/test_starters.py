"""What a new app begins with: it compiles, it speaks the user's language, and the working ones work."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from apps.studio import services, starters
from apps.studio.models import App
from apps.studio.plans import hash_of, plan_for
from tests.cast import Cast
from tests.factories import make_dataset, make_provider
from workflows import Ports, run
from workflows.sandbox import Sandbox
from workflows.testing import FakeRetrieval, ScriptedModels, passage

LETTER = """\
# Offer

We offer the pump P-200 for 1,250.00 EUR until 2026-03-31.

## Delivery

Delivery takes three weeks after the order. Ask sales@example.org for details.
"""


def _create(cast: Cast, **body: Any) -> App:
    answer = cast.call("editor", "post", "/apps", {"name": "New", **body})
    assert answer.status_code == 201, answer.json()
    return App.objects.get(id=answer.json()["id"])


def _run(app: App, ports: Ports, inputs: dict[str, Any] | None = None, query: str = "") -> dict[str, Any]:
    plan = plan_for(app.draft.document, workspace_id=app.workspace_id)

    async def last() -> Any:
        async for event in run(plan, inputs, ports, query=query):
            ended = event
        return ended

    ended = asyncio.run(last())
    return {"type": type(ended).__name__, "answer": ended.answer, "outputs": ended.outputs}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("starter", [each.id for each in starters.STARTERS])
def test_every_starter_publishes_as_it_is(cast: Cast, starter: str, language: str) -> None:
    cast.editor.user.language = language
    dataset = make_dataset(cast.workspace)

    app = services.create_app(cast.editor, name="New", template=starter, dataset_id=dataset.id)

    assert services.faults_of(cast.editor, app.draft.document) == []
    text = str(app.draft.document)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in text) is (language == "zh")


def test_a_rag_chat_answers_from_its_dataset(cast: Cast) -> None:
    dataset = make_dataset(cast.workspace)
    app = _create(cast, template="rag-chat", dataset_id=str(dataset.id))
    retrieval = FakeRetrieval([passage("Manual", "The pump needs oil.")])
    models = ScriptedModels("It needs oil [1].")

    gave = _run(app, Ports(models=models, retrieval=retrieval), query="What does it need?")

    assert gave == {"type": "RunFinished", "answer": "It needs oil [1].", "outputs": {"answer": "It needs oil [1]."}}
    asked = retrieval.requests[0]
    assert (asked.dataset_ids, asked.top_k, asked.score_threshold) == ([str(dataset.id)], None, None)
    request = models.requests[0]
    assert (request.provider, request.model) == ("weft", "weft-quote")
    assert "[1] Manual\nThe pump needs oil." in str(request.messages[0].content)


def test_a_briefing_has_the_facts_and_an_answer_when_one_was_asked(cast: Cast) -> None:
    app = _create(cast, template="document-processing")
    models = ScriptedModels("Delivery takes three weeks after the order. [2]")
    code = Sandbox()

    asked = _run(app, Ports(models=models, code=code), {"document": LETTER, "question": "How long is delivery?"})

    assert asked["type"] == "RunFinished"
    assert asked["outputs"]["figures"] == ["P-200", "1,250.00", "2026-03-31"]
    assert asked["outputs"]["contacts"] == ["sales@example.org"]
    assert asked["outputs"]["answer"] == "Delivery takes three weeks after the order. [2]"
    assert "## How long is delivery?\nDelivery takes three weeks" in asked["outputs"]["report"]
    assert "[2] Delivery\nDelivery takes three weeks" in str(models.requests[0].messages[0].content)


def test_a_briefing_without_a_question_needs_no_model(cast: Cast) -> None:
    app = _create(cast, template="document-processing")

    gave = _run(app, Ports(code=Sandbox()), {"document": LETTER})

    assert gave["type"] == "RunFinished"
    assert gave["outputs"]["answer"] == ""
    assert gave["outputs"]["report"].startswith("# Briefing\n\n**Length** 25 words, about 1 min to read\n")
    assert "- Offer\n- Delivery\n" in gave["outputs"]["report"]


def test_the_workspaces_own_model_comes_first(cast: Cast) -> None:
    make_provider(cast.workspace, "http://127.0.0.1:9/v1")

    app = _create(cast, template="blank-chat")

    llm = next(node for node in app.draft.document["nodes"] if node["kind"] == "llm")
    assert llm["config"]["model"] == {"provider": "acme", "name": "fake-chat", "params": {}}


def test_export_and_import_give_the_same_graph(cast: Cast) -> None:
    app = _create(cast, template="document-processing")

    text = cast.call("viewer", "get", f"/apps/{app.id}/export").content.decode()
    copied = App.objects.get(id=cast.call("editor", "post", "/apps/import", {"text": text}).json()["app"]["id"])

    assert copied.name == "New"
    assert hash_of(copied.draft.document) == hash_of(
        {**app.draft.document, "app": {**app.draft.document["app"], "name": "New"}}
    )


FOREIGN = """
app: {name: From elsewhere, mode: workflow}
kind: app
workflow:
  graph:
    nodes:
      - {id: s, data: {type: start, title: Start, variables: []}}
      - {id: m, data: {type: llm, title: Model, model: {provider: deepseek, name: chat}, prompt_template: []}}
      - {id: a, data: {type: agent, title: Agent}}
      - {id: e, data: {type: end, title: End, outputs: []}}
    edges:
      - {id: sm, source: s, target: m}
      - {id: ma, source: m, target: a}
      - {id: ae, source: a, target: e}
      - {id: lost, source: a, target: gone}
"""


def test_an_import_says_what_is_not_in_order_and_what_was_left_out(cast: Cast) -> None:
    answer = cast.call("editor", "post", "/apps/import", {"text": FOREIGN})

    assert (answer.status_code, answer.json()["app"]["name"]) == (201, "From elsewhere")
    found = {(fault["code"], fault["node_id"], fault["severity"]) for fault in answer.json()["faults"]}
    assert {
        ("model_provider_unknown", "m", "error"),
        ("node_unsupported", "a", "warning"),
        ("edge_dropped", None, "warning"),
    } <= found


def test_what_is_no_workflow_is_refused(cast: Cast) -> None:
    for text in ("just words", "a: [1", "kind: pod\n"):
        answer = cast.call("editor", "post", "/apps/import", {"text": text})
        assert (answer.status_code, answer.json()["code"]) == (422, "import_invalid")
    assert App.objects.count() == 0


def test_node_kinds_and_templates_are_listed(cast: Cast) -> None:
    kinds = cast.call("viewer", "get", "/node-kinds").json()["items"]
    templates = cast.call("viewer", "get", "/templates").json()["items"]

    assert {"start", "llm", "answer", "end", "knowledge-retrieval"} <= {kind["kind"] for kind in kinds}
    assert [each["id"] for each in templates] == ["rag-chat", "document-processing", "blank-chat", "blank-workflow"]


def test_a_dataset_knows_the_apps_that_search_it(cast: Cast) -> None:
    dataset = make_dataset(cast.workspace)
    app = _create(cast, template="rag-chat", dataset_id=str(dataset.id))

    shown = cast.call("viewer", "get", f"/datasets/{dataset.id}").json()

    assert shown["used_by"] == [{"id": str(app.id), "name": "New"}]
