from __future__ import annotations

import json

import pytest

from apps.providers import wire
from apps.providers.catalogue import kind_of
from workflows.events import Usage
from workflows.openai_wire import error_text
from workflows.ports import ChatRequest, Message, ToolSpec


def test_an_estimate_counts_texts_pictures_and_tools() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "x" * 4000}}
    messages = [Message("system", "four"), Message("user", [image, {"type": "text", "text": "天气"}])]
    request = ChatRequest(provider="p", model="m", messages=messages, tools=[ToolSpec("f", "", {})])

    assert wire.estimated_usage(request, "reply!") == Usage(5 + 806 + 1, 2, 814)


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
    assert error_text(text) == said


def test_an_error_page_is_cut() -> None:
    assert len(error_text("<html>" + "x" * 10_000)) == 300


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
        ("bge-reranker-v2-m3", "rerank"),
        ("rerank-english-v3.0", "rerank"),
    ],
)
def test_a_name_tells_the_kind(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind
