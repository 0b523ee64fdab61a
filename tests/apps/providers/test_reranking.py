"""Reranking models: scores in the order of the documents, whatever shape and range a server answers in."""

from __future__ import annotations

from typing import Any

import pytest

from apps.providers import endpoints, reranking
from tests.fakes.openai_server import FakeOpenAI, openai_server
from weft.http import egress
from workflows.addresses import Policy
from workflows.errors import ModelError

DOCUMENTS = ["Trains are booked early.", "Lunch is free.", ""]


def rerank(server: FakeOpenAI, query: str = "lunch") -> list[float]:
    policy = Policy.of(["127.0.0.1"])
    endpoint = endpoints.Endpoint("acme", "Acme", server.base_url, server.key, policy)
    return egress.run_sync(lambda: reranking.rerank(endpoint, "rerank-1", query, DOCUMENTS))


def test_scores_come_in_the_order_of_the_documents() -> None:
    with openai_server() as server:
        assert rerank(server) == [0.0, 1.0, 0.0]
        assert server.requests == [
            {"query": "lunch", "documents": [*DOCUMENTS[:2], " "], "top_n": 3, "model": "rerank-1"}
        ]


def test_logits_become_probabilities() -> None:
    with openai_server() as server:
        server.relevance = lambda query, document: 2.0 if "Lunch" in document else -900.0
        scores = rerank(server)
    assert scores == [pytest.approx(0, abs=1e-9), pytest.approx(0.8808, abs=1e-4), pytest.approx(0, abs=1e-9)]


@pytest.mark.parametrize(
    ("body", "scores"),
    [
        ({"results": [{"index": 1, "score": 0.5}, {"index": 0, "score": 0.25}]}, [0.25, 0.5]),
        ({"data": [{"index": 0, "relevance_score": 1}, {"index": 1, "relevance_score": 0}]}, [1.0, 0.0]),
        ({"results": [{"index": 0, "relevance_score": 1}]}, None),
        ({"results": [{"index": 0}, {"index": 1}]}, None),
        ({"results": [1, 2]}, None),
        ({"results": 5}, None),
        ({"results": None}, None),
        ({"results": [{"index": 0, "score": float("nan")}, {"index": 1, "score": 1}]}, None),
        ({}, None),
    ],
)
def test_what_servers_answer(body: dict[str, Any], scores: list[float] | None) -> None:
    assert reranking._scores_of(body, 2) == scores


def test_a_server_that_fails_is_named() -> None:
    with openai_server() as server:
        server.mode = "error_500"
        with pytest.raises(ModelError) as failure:
            rerank(server)
    assert (failure.value.code, failure.value.retryable) == ("model_unavailable", True)
    assert "Acme (rerank-1)" in failure.value.message
