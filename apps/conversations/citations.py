"""Which passages a run stood on, in the order in which the model saw them, and which sentences of its answer do.

Pure; knows nothing of the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from apps.conversations.grounding import MARK, Claim, Support, claims

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sources:
    """`unsupported` are the sentences of the answer, as places in it, that no passage bears out."""

    citations: list[dict[str, Any]]
    unsupported: list[dict[str, int]]


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

        When the answer carries marks, only the passages it names are returned; without marks, all of them. Each has
        `spans`: the sentences of the answer that it bears out, and where it does so.
        """
        return self.sources(answer).citations

    def sources(self, answer: str) -> Sources:
        marked = {int(number) for number in MARK.findall(answer)}
        passages = [passage for _, found in self._found for passage in found]
        told = claims(answer, [str(passage.get("content", "")) for passage in passages])
        entries = [
            {**_entry(position, passage), "spans": _spans(told, position - 1, passage)}
            for position, passage in enumerate(passages, start=1)
        ]
        named = [entry for entry in entries if entry["position"] in marked]
        unsupported = [{"start": claim.start, "end": claim.end} for claim in told if not claim.supports]
        return Sources(named or entries, unsupported)


def _passages(result: Any) -> list[Mapping[str, Any]]:
    """A batch's result is a list of results, each told before by its own frame; a large one may stand apart."""
    return [each for each in result if isinstance(each, Mapping)] if isinstance(result, list) else []


def sources(events: Iterable[Event], answer: str) -> Sources:
    """What `answer` stands on, from a whole log."""
    fold = CitationFold()
    for event in events:
        fold.feed(event)
    return fold.sources(answer)


def places_of(citation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those of a dataset that it names: where the passage stands, and where the same text does."""
    return [each for each in (citation, *citation.get("also", [])) if each.get("dataset_id")]


def without_contents(citations: Sequence[Mapping[str, Any]], hidden: Set[str]) -> list[dict[str, Any]]:
    """Of passages of hidden datasets only that they were there, at their positions: neither text nor name."""
    shown = []
    for each in citations:
        if each.get("dataset_id") in hidden:
            nothing = {**_entry(each["position"], {}), "score": each.get("score"), "spans": [], "hidden": True}
            shown.append(nothing)
        else:
            also = [place for place in each.get("also", []) if place.get("dataset_id") not in hidden]
            shown.append({**each, "also": also})
    return shown


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
        "headings": metadata.get("headings", []),
        "boxes": metadata.get("boxes", []),
        "start": metadata.get("start"),
        "end": metadata.get("end"),
        "also": metadata.get("also", []),
    }


def _spans(found: Iterable[Claim], index: int, passage: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`start` and `end` in the answer, `quote` in the passage, `document` in its document's text, if known."""
    begins = (passage.get("metadata") or {}).get("start")
    return [
        {
            "start": claim.start,
            "end": claim.end,
            "share": support.share,
            "quote": {"start": support.start, "end": support.end},
            "document": _in_document(begins, support),
        }
        for claim in found
        for support in claim.supports
        if support.passage == index
    ]


def _in_document(begins: Any, support: Support) -> dict[str, int] | None:
    if not isinstance(begins, int):
        return None
    return {"start": begins + support.start, "end": begins + support.end}
