"""The retrieval test, the workflow node, Dify's API and the agent's tool find the same passages in the same order."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any
from uuid import UUID

from django.test import Client

from apps.knowledge.adapters import WorkspaceRetrieval
from apps.knowledge.models import Dataset
from tests.apps.knowledge.search.handbook import make_document
from tests.cast import Cast
from tests.factories import make_key
from tests.workflows.builders import document, node
from weft.events import connection
from weft.http import egress
from workflows import Ports
from workflows.events import RunFinished
from workflows.testing import run_to_events

TOP_K = 5
WORDS = ["train", "ticket", "lunch", "office", "holiday", "invoice", "报销", "发票", "年假", "火车", "会议", "办公室"]
PLACES = ["Berlin", "Paris", "Rome", "Vienna", "北京", "上海", "广州", "台北"]
START = node("start", config={"variables": [{"name": "q", "type": "text"}]})
Found = list[tuple[str, float]]


def passages() -> list[tuple[str, str]]:
    chance = random.Random(7)
    return [(place, f"{place}: " + " ".join(chance.choices(WORDS, k=6)) + ".") for place in PLACES for _ in range(5)]


def questions() -> list[str]:
    chance = random.Random(8)
    made = [" ".join([chance.choice(PLACES), *chance.choices(WORDS, k=chance.randint(1, 3))]) for _ in range(198)]
    return [*made, "Wo ist der Zug?", "？"]


def graph(searching: dict[str, Any], output: str) -> dict[str, Any]:
    end = node("end", config={"outputs": [{"name": "result", "selector": ["k", output]}]})
    return document(START, searching, end, edges=["start>k>end"])


def by_test(cast: Cast, dataset: Dataset, asked: list[str]) -> list[Found]:
    found = []
    for query in asked:
        answer = cast.call("viewer", "POST", f"/datasets/{dataset.id}/retrieve", {"query": query, "top_k": TOP_K})
        found.append([(item["chunk_id"], item["score"]) for item in answer.json()["items"]])
    return found


def by_dify(cast: Cast, dataset: Dataset, asked: list[str]) -> list[Found]:
    headers = {"Authorization": f"Bearer {make_key(cast.owner)[1]}"}
    found = []
    for query in asked:
        body = {"query": query, "retrieval_model": {"top_k": TOP_K}}
        answer = Client().post(
            f"/v1/datasets/{dataset.id}/retrieve", json.dumps(body), content_type="application/json", headers=headers
        )
        found.append([(record["segment"]["id"], record["score"]) for record in answer.json()["records"]])
    return found


def by_runs(workspace_id: UUID, definition: dict[str, Any], asked: list[str]) -> list[Found]:
    async def run() -> list[Found]:
        ports = Ports(retrieval=WorkspaceRetrieval(workspace_id))
        found = []
        try:
            for query in asked:
                events = await run_to_events(definition, {"q": query}, ports)
                assert isinstance(events[-1], RunFinished), events[-1]
                rows = [each["metadata"] for each in events[-1].outputs["result"]]
                found.append([(row["segment_id"], row["score"]) for row in rows])
            return found
        finally:
            await connection.close_shared_async_client()
            await egress.close()

    return asyncio.run(run())


def test_two_hundred_questions_find_the_same_everywhere(cast: Cast, dataset: Dataset) -> None:
    for number, start in enumerate(range(0, 40, 8)):
        make_document(dataset, f"{number}.md", passages()[start : start + 8])
    Dataset.objects.filter(id=dataset.id).update(retrieval={"vector_weight": 0.4, "expand": {"neighbours": 1}})
    asked = questions()
    search = {"query": ["start", "q"], "dataset_ids": [str(dataset.id)], "top_k": TOP_K}
    arguments = [
        {"name": "query", "mode": "variable", "value": ["start", "q"]},
        {"name": "dataset_ids", "mode": "constant", "value": [str(dataset.id)]},
        {"name": "top_k", "mode": "constant", "value": TOP_K},
    ]
    tool = {"provider": "weft", "tool": "search_knowledge", "arguments": arguments}
    graphs = [
        graph(node("k", "knowledge-retrieval", search), "result"),
        graph(node("k", "tool", tool), "json"),
    ]

    expected = by_test(cast, dataset, asked)

    assert len(asked) == 200
    assert sum(len(found) for found in expected) > 150 * TOP_K
    assert by_dify(cast, dataset, asked) == expected
    assert [by_runs(cast.workspace.id, each, asked) for each in graphs] == [expected, expected]
