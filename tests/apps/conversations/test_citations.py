"""Citations are read from the log: what was found, in the order the model saw it, and what the answer named."""

from __future__ import annotations

import pickle
from typing import Any

from apps.conversations.citations import CitationFold, sources


def citations(log: list[dict[str, Any]], answer: str) -> list[dict[str, Any]]:
    return sources(log, answer).citations


def passage(name: str, content: str) -> dict[str, Any]:
    metadata = {"dataset_id": "d", "dataset_name": "Docs", "document_id": name, "document_name": name, "score": 0.5}
    return {"title": name, "content": content, "metadata": {**metadata, "segment_id": f"s-{name}", "page": 3}}


LOG = [
    {"type": "node_started", "seq": 1, "node_id": "find", "kind": "knowledge-retrieval"},
    {"type": "node_started", "seq": 2, "node_id": "other", "kind": "code"},
    {"type": "node_finished", "seq": 3, "node_id": "other", "outputs": {"result": ["not a passage"]}},
    {
        "type": "node_finished",
        "seq": 4,
        "node_id": "find",
        "outputs": {"result": [passage("a.md", "A."), passage("b.md", "BB")]},
    },
]


def test_all_passages_are_cited_when_the_answer_names_none() -> None:
    assert [(entry["position"], entry["document_name"]) for entry in citations(LOG, "An answer.")] == [
        (1, "a.md"),
        (2, "b.md"),
    ]


def test_an_answer_with_marks_cites_only_what_it_names() -> None:
    assert citations(LOG, "It is so [2]. Really [9].") == [
        {
            "position": 2,
            "dataset_id": "d",
            "dataset_name": "Docs",
            "document_id": "b.md",
            "document_name": "b.md",
            "data_source_type": "upload_file",
            "segment_id": "s-b.md",
            "segment_position": 0,
            "score": 0.5,
            "content": "BB",
            "hit_count": 0,
            "word_count": 2,
            "index_node_hash": "",
            "page": 3,
            "title": "b.md",
            "headings": [],
            "boxes": [],
            "start": None,
            "end": None,
            "also": [],
            "spans": [],
        }
    ]


def test_entries_say_which_sentences_they_bear_out_and_where() -> None:
    content = "Trains go early. A meal may cost forty euro."
    found = passage("rules.md", content)
    found["metadata"] |= {"start": 100, "end": 144, "headings": ["Meals"], "boxes": [{"page": 3}]}
    log = [LOG[0], {**LOG[3], "outputs": {"result": [found]}}]
    answer = "A meal may cost forty euro [1]. Dogs travel free of charge."

    stands_on = sources(log, answer)

    [entry] = stands_on.citations

    assert (entry["headings"], entry["boxes"], entry["start"], entry["end"]) == (["Meals"], [{"page": 3}], 100, 144)
    [span] = entry["spans"]
    assert span == {
        "start": 0,
        "end": 31,
        "share": 1.0,
        "quote": {"start": 17, "end": 44},
        "document": {"start": 117, "end": 144},
    }
    [doubtful] = stands_on.unsupported
    assert answer[doubtful["start"] : doubtful["end"]] == "Dogs travel free of charge."
    assert sources([], answer).unsupported == []


def test_a_log_without_retrieval_cites_nothing() -> None:
    assert citations(LOG[1:3], "See [1].") == []


def test_a_fold_of_a_long_log_keeps_the_passages_and_nothing_else() -> None:
    fold = CitationFold()
    for event in LOG:
        fold.feed(event)
    small = len(pickle.dumps(fold))
    for number in range(1000):
        fold.feed({"type": "answer_delta", "node_id": "answer", "text": "word " * 100})
        fold.feed({"type": "node_finished", "node_id": f"n{number}", "outputs": {"text": "long " * 100}})
        fold.feed({"type": "node_started", "node_id": f"m{number}", "kind": "code"})

    assert len(pickle.dumps(fold)) == small
    assert fold.citations("[1]") == citations(LOG, "[1]")


def test_passages_of_events_that_did_not_happen_are_dropped() -> None:
    fold = CitationFold()
    for event in [
        *LOG,
        {"type": "rewound", "seq": 3, "text": ""},
        {**LOG[3], "outputs": {"result": [passage("c", "C")]}},
    ]:
        fold.feed(event)

    assert [entry["document_name"] for entry in fold.citations("")] == ["c"]


def test_a_batch_and_a_value_that_stands_apart_break_nothing() -> None:
    fold = CitationFold()
    fold.feed({"type": "node_started", "seq": 1, "node_id": "kb", "kind": "knowledge-retrieval"})
    fold.feed({"type": "node_finished", "seq": 2, "node_id": "kb", "outputs": {"result": [{"content": "a"}]}})
    fold.feed({"type": "node_finished", "seq": 3, "node_id": "kb", "outputs": {"result": [[{"content": "a"}], None]}})
    fold.feed({"type": "node_finished", "seq": 4, "node_id": "kb", "outputs": {"result": {"$blob": "x"}}})

    assert [entry["content"] for entry in fold.citations("")] == ["a"]
