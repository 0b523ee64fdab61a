"""The knowledge retrieval node: what it asks the port for, and what it says of what the port does not do."""

from __future__ import annotations

from typing import Any

from tests.workflows.builders import document, node
from workflows import Ports, check, load
from workflows.events import NodeFinished, RunFailed
from workflows.ports import MetadataCondition, MetadataFilter, ModelChoice, Passages, Reranking, RetrievalRequest
from workflows.testing import FakeRetrieval, passage, run_to_events

PASSAGES = [passage("Tea", "Hot."), passage("Ice", "Cold.")]


def graph(**config: Any) -> dict[str, Any]:
    variables = [{"name": "v", "type": "json"}, {"name": "who", "type": "text"}]
    search = node("k", "knowledge-retrieval", {"query": ["start", "v"], "dataset_ids": ["a", "b"], **config})
    return document(node("start", config={"variables": variables}), search, node("end"), edges=["start>k>end"])


async def ask(retrieval: FakeRetrieval, v: Any, **config: Any) -> NodeFinished:
    events = await run_to_events(graph(**config), {"v": v, "who": "Ann"}, Ports(retrieval=retrieval), run_id="r")
    assert not isinstance(events[-1], RunFailed), events[-1]
    return next(event for event in events if isinstance(event, NodeFinished) and event.node_id == "k")


async def test_the_least_search() -> None:
    retrieval = FakeRetrieval(PASSAGES)

    done = await ask(retrieval, '"Tea?"')

    assert retrieval.requests == [RetrievalRequest(query="Tea?", dataset_ids=["a", "b"], run_id="r", node_id="k")]
    assert (done.outputs, done.inputs, done.facts) == ({"result": PASSAGES}, {"query": "Tea?"}, {"passages": 2})


async def test_any_value_can_be_asked_with() -> None:
    retrieval = FakeRetrieval()
    for value in (5, ["tea", "ice"], {"about": "tea"}):
        await ask(retrieval, value)
    assert [request.query for request in retrieval.requests] == ["5", '["tea", "ice"]', '{"about": "tea"}']


async def test_order_and_conditions_reach_the_port() -> None:
    retrieval = FakeRetrieval(PASSAGES)
    conditions = [
        {"name": "author", "operator": "is", "value": "{{#start.who#}}"},
        {"name": "year", "operator": ">", "value": 2020},
        {"name": "tags", "operator": "in", "value": ["a", "{{#start.who#}}"]},
    ]

    done = await ask(
        retrieval, '"q"', top_k=9, score_threshold=0.5, filter={"logical": "or", "conditions": conditions},
        reranking={"mode": "weights", "vector_weight": 0.4, "keyword_weight": 0.6},
    )  # fmt: skip

    assert retrieval.requests == [
        RetrievalRequest(
            query="q",
            dataset_ids=["a", "b"],
            top_k=9,
            score_threshold=0.5,
            reranking=Reranking("weights", "", "", 0.4, 0.6),
            filter=MetadataFilter(
                "or",
                [
                    MetadataCondition("author", "is", "Ann"),
                    MetadataCondition("year", ">", 2020),
                    MetadataCondition("tags", "in", ["a", "Ann"]),
                ],
            ),
            run_id="r",
            node_id="k",
        )
    ]
    assert done.facts == {"passages": 2}
    assert done.inputs["filter"] == [["author", "is", "Ann"], ["year", ">", 2020], ["tags", "in", ["a", "Ann"]]]


async def test_what_a_host_does_not_do_is_said() -> None:
    conditions = [{"name": "author", "operator": "is", "value": "Ann"}]
    done = await ask(FakeRetrieval(PASSAGES, supports=["reranking"]), '"q"', filter={"conditions": conditions})
    assert done.facts == {"passages": 2, "ignored": ["filter"]}


async def test_models_that_filter_and_choose_and_how_the_search_went() -> None:
    funnel = {"steps": [], "notes": [{"code": "rerank_failed", "message": "It does not answer."}], "ms": 1.5}
    retrieval = FakeRetrieval(Passages(PASSAGES, funnel=funnel))
    chosen = {"provider": "p", "model": "m"}

    done = await ask(retrieval, '"q"', filter_model=chosen, chooser=chosen)

    [request] = retrieval.requests
    assert (request.filter_model, request.chooser) == (ModelChoice("p", "m"), ModelChoice("p", "m"))
    assert (done.outputs, done.facts) == ({"result": PASSAGES}, {"passages": 2, "funnel": funnel})
    done = await ask(FakeRetrieval(PASSAGES, supports=()), '"q"', filter_model=chosen, chooser={"model": ""})
    assert done.facts == {"passages": 2, "ignored": ["filter_model"]}


async def test_an_empty_filter_is_none() -> None:
    retrieval = FakeRetrieval(PASSAGES, supports=())
    done = await ask(retrieval, '"q"', filter={"conditions": []})
    assert (retrieval.requests[0].filter, done.facts) == (None, {"passages": 2})


def test_a_condition_without_a_name_is_a_fault() -> None:
    faults = check(load(graph(filter={"conditions": [{"value": "x"}]})))
    found = [(fault.code, fault.field) for fault in faults if fault.severity == "error"]
    assert found == [("metadata_missing", "filter.conditions.0.name")]
