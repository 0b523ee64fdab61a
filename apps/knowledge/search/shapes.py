"""Hits, funnels and verdicts as clients see them: plain JSON, the same wherever they are shown."""

from __future__ import annotations

from typing import Any

from apps.knowledge.search.found import Child, Funnel, Hit, Place
from apps.knowledge.search.why import Why


def place_shape(place: Place) -> dict[str, Any]:
    return {
        "chunk_id": str(place.chunk_id),
        "document_id": str(place.document_id),
        "document_name": place.document_name,
        "dataset_id": str(place.dataset_id),
        "dataset_name": place.dataset_name,
        "position": place.position,
        "headings": place.headings,
        "page": place.page,
        "boxes": place.boxes,
        "start": place.start,
        "end": place.end,
    }


def hit_shape(hit: Hit) -> dict[str, Any]:
    return {
        **place_shape(hit.place),
        "content": hit.content,
        "answer": hit.answer,
        "kind": hit.kind,
        "score": hit.score,
        "score_method": hit.method,
        "scores": {name: {"score": each.score, "rank": each.rank} for name, each in hit.scores.items()},
        "metadata": dict(hit.metadata),
        "source": hit.source,
        "children": [_child_shape(each) for each in hit.children],
        "also": [place_shape(each) for each in hit.also],
    }


def funnel_shape(funnel: Funnel) -> dict[str, Any]:
    steps = [
        {"name": each.name, "in": each.entered, "out": each.left, "ms": each.ms, "details": each.details}
        for each in funnel.steps
    ]
    notes = [{"code": each.code, "message": each.message} for each in funnel.notes]
    return {"steps": steps, "notes": notes, "ms": funnel.ms}


def why_shape(why: Why) -> dict[str, Any]:
    return {
        "stage": why.stage,
        "score": why.score,
        "cutoff": why.cutoff,
        "rank": why.rank,
        "other_chunk_id": str(why.other) if why.other is not None else None,
        "scores": {name: {"score": each.score, "rank": each.rank} for name, each in why.scores.items()},
        "details": why.details,
    }


def _child_shape(child: Child) -> dict[str, Any]:
    return {**place_shape(child.place), "content": child.content, "score": child.score}
