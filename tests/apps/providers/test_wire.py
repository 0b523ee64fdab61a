from __future__ import annotations

import json

import pytest

from apps.providers import wire
from apps.providers.catalogue import kind_of
from workflows.events import Usage
from workflows.ports import ChatChunk


@pytest.mark.parametrize(
    ("event", "chunk"),
    [
        ({}, ChatChunk()),
        ({"choices": None}, ChatChunk()),
        ({"choices": [{"delta": None, "finish_reason": None}]}, ChatChunk()),
        ({"choices": [{"delta": {"content": None, "reasoning": "hm"}}]}, ChatChunk(reasoning="hm")),
        ({"choices": [{"delta": {"content": [{"type": "text", "text": "typed"}]}}]}, ChatChunk(text="typed")),
        (
            {"choices": [{"message": {"content": "whole"}, "finish_reason": "length"}], "usage": {"prompt_tokens": 0}},
            ChatChunk(text="whole", finish_reason="length", usage=Usage(0, 0, 0)),
        ),
        ({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}, ChatChunk(usage=Usage(3, 2, 5))),
        (
            {"usage": {"prompt_tokens": float("inf"), "completion_tokens": float("nan"), "total_tokens": -1}},
            ChatChunk(usage=Usage(2**31 - 1, 0, 2**31 - 1)),
        ),
    ],
)
def test_vendors_habits_are_read(event: dict[str, object], chunk: ChatChunk) -> None:
    assert wire.chunk_of(event) == chunk


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "no such model", "code": 1}}, "no such model"),
        ({"error": "plain"}, "plain"),
        ({"detail": "Not Found"}, "Not Found"),
        ([{"error": {"message": "in a list"}}], "in a list"),
        ("just text", "just text"),
    ],
)
def test_the_vendors_sentence_is_found(body: object, said: str) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    assert wire.error_text(text) == said


def test_an_error_page_is_cut() -> None:
    assert len(wire.error_text("<html>" + "x" * 10_000)) == 300


def test_vectors_come_in_the_order_of_their_index() -> None:
    body = {"data": [{"index": 1, "embedding": [2]}, {"index": 0, "embedding": [1]}]}
    assert wire.embeddings_of(body, 2) == [[1.0], [2.0]]
    assert wire.embeddings_of(body, 3) is None
    assert wire.embeddings_of({"data": [{"index": 0}]}, 1) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("gpt-5", "chat"),
        ("text-embedding-3-small", "embedding"),
        ("bge-m3", "embedding"),
        ("whisper-1", None),
        ("bge-reranker", None),
    ],
)
def test_a_name_tells_the_kind(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind
