"""Which passages a run stood on: read from its log, in the order in which the model saw them.

Pure; knows nothing of the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

MARK = re.compile(r"\[(\d{1,3})\]")

Event = Mapping[str, Any]


class CitationFold:
    """The results of every knowledge-retrieval node that finished, in log order; nothing else of the log is kept."""

    def __init__(self) -> None:
        self._retrievals: set[str] = set()
        self._found: list[tuple[int, list[Mapping[str, Any]]]] = []

    def feed(self, event: Event) -> None:
        """Take in the next event of the log, or that a reader was `rewound` (see `apps.runs.streams`)."""
        if event["type"] == "node_started" and event["kind"] == "knowledge-retrieval":
            self._retrievals.add(event["node_id"])
        elif event["type"] == "node_finished" and event["node_id"] in self._retrievals:
            self._found.append((event["seq"], _passages(event["outputs"].get("result"))))
        elif event["type"] == "rewound":
            self._found = [(seq, passages) for seq, passages in self._found if seq <= event["seq"]]

    def citations(self, answer: str) -> list[dict[str, Any]]:
        """Dify's `retriever_resources`: one entry a passage, `position` from 1 as in the answer's `[n]` marks.

        When the answer carries marks, only the passages it names are returned; without marks, all of them.
        """
        marked = {int(number) for number in MARK.findall(answer)}
        passages = [passage for _, found in self._found for passage in found]
        entries = [_entry(position, passage) for position, passage in enumerate(passages, start=1)]
        named = [entry for entry in entries if entry["position"] in marked]
        return named or entries


def _passages(result: Any) -> list[Mapping[str, Any]]:
    """A batch's result is a list of results, each told before by its own frame; a large one may stand apart."""
    return [each for each in result if isinstance(each, Mapping)] if isinstance(result, list) else []


def citations(events: Iterable[Event], answer: str) -> list[dict[str, Any]]:
    """What `answer` stands on, from a whole log."""
    fold = CitationFold()
    for event in events:
        fold.feed(event)
    return fold.citations(answer)


def _entry(position: int, passage: Mapping[str, Any]) -> dict[str, Any]:
    metadata = passage.get("metadata") or {}
    content = passage.get("content", "")
    return {
        "position": position,
        "dataset_id": metadata.get("dataset_id", ""),
        "dataset_name": metadata.get("dataset_name", ""),
        "document_id": metadata.get("document_id", ""),
        "document_name": metadata.get("document_name") or passage.get("title", ""),
        "data_source_type": metadata.get("data_source_type", "upload_file"),
        "segment_id": metadata.get("segment_id", ""),
        "segment_position": metadata.get("segment_position", 0),
        "score": metadata.get("score"),
        "content": content,
        "hit_count": metadata.get("segment_hit_count", 0),
        "word_count": metadata.get("segment_word_count", len(content)),
        "index_node_hash": metadata.get("segment_index_node_hash", ""),
        "page": metadata.get("page"),
        "title": passage.get("title", ""),
    }
