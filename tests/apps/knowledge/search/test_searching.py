"""Searching with the built-in embedding model, in English and Chinese."""

from __future__ import annotations

from apps.knowledge.search import Found
from tests.apps.knowledge.search.handbook import Ask


def headings(found: Found) -> list[str]:
    return [hit.place.headings[0] for hit in found.hits]


def test_questions_find_their_passage(ask: Ask) -> None:
    questions = {
        "How much vacation do I get?": ("english.md", ["Holidays"], "fused"),
        "When do I have to submit my bills?": ("english.md", ["Expenses"], "fused"),
        "May I take first class on the railway?": ("english.md", ["Travel"], "fused"),
        "发票什么时候提交？": ("chinese.md", ["报销"], "terms"),
        "我每年有多少天年假？": ("chinese.md", ["假期"], "terms"),
        "火車票要提前多久訂？": ("chinese.md", ["差旅"], "terms"),
    }
    found = {query: ask(query, top_k=1).hits[0] for query in questions}
    assert {query: (hit.document_name, hit.place.headings, hit.method) for query, hit in found.items()} == questions
