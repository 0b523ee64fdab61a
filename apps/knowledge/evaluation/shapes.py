"""Cases, evaluations, outcomes and logged questions as clients see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from apps.knowledge.models import Case, Document, Evaluation, Outcome, Query


def names_in(rows: Iterable[Iterable[Mapping[str, Any]]]) -> dict[str, str]:
    """The names of the documents that expectations speak of, in one query."""
    ids = {each["document_id"] for expected in rows for each in expected}
    return {str(id_): name for id_, name in Document.objects.filter(id__in=ids).values_list("id", "name")}


def case_shape(case: Case, names: Mapping[str, str], last: Outcome | None = None) -> dict[str, Any]:
    return {
        "id": str(case.id),
        "dataset_id": str(case.dataset_id),
        "question": case.question,
        "expected": [_expected_shape(each, names) for each in case.expected],
        "source": case.source,
        "is_enabled": case.is_enabled,
        "last": None if last is None else _last_shape(last),
        "created_at": case.created_at.isoformat(),
        "updated_at": case.updated_at.isoformat(),
    }


def evaluation_shape(row: Evaluation, *, with_result: bool = False) -> dict[str, Any]:
    error = {"code": row.error_code, "message": row.error_message} if row.error_code else None
    shape = {
        "id": str(row.id),
        "dataset_id": str(row.dataset_id),
        "kind": row.kind,
        "reason": row.reason,
        "status": status_of(row),
        "done": row.done,
        "total": row.total,
        "revision": row.revision,
        "settings": row.settings,
        "error": error,
        "alarm": (row.result or {}).get("alarm"),
        "created_at": row.created_at.isoformat(),
        "started_at": row.started_at.isoformat() if row.started_at else None,
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
        "eta_s": _eta_s(row),
    }
    return {**shape, "result": row.result} if with_result else shape


def status_of(row: Evaluation) -> str:
    """waiting | running | done | failed | cancelled. Nothing shows as running without a living lease."""
    if row.finished_at is not None:
        if row.error_code == "evaluation_cancelled":
            return "cancelled"
        return "failed" if row.error_code else "done"
    alive = row.lease_expires_at is not None and row.lease_expires_at > timezone.now()
    return "running" if alive else "waiting"


def outcome_shape(outcome: Outcome, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "case_id": str(outcome.case_id),
        "variant": outcome.variant,
        "question": outcome.question,
        "found": [{**_expected_shape(each, names), "rank": each["rank"]} for each in outcome.found],
        "hits": outcome.hits,
        "scores": outcome.scores,
        "chars": outcome.n_chars,
        "elapsed_ms": outcome.elapsed_ms,
    }


def query_shape(query: Query, questions: set[str]) -> dict[str, Any]:
    return {
        "id": str(query.id),
        "text": query.text,
        "origin": query.origin,
        "top_score": query.top_score,
        "hit_count": query.hit_count,
        "elapsed_ms": query.elapsed_ms,
        "has_case": query.text.strip() in questions,
        "created_at": query.created_at.isoformat(),
    }


def _expected_shape(each: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """`document_name` is null when the document is gone."""
    return {
        "document_id": each["document_id"],
        "document_name": names.get(each["document_id"]),
        "quote": each["quote"],
        "grade": each["grade"],
    }


def _last_shape(outcome: Outcome) -> dict[str, Any]:
    return {
        "evaluation_id": str(outcome.evaluation_id),
        "ranks": [each["rank"] for each in outcome.found],
        "scores": outcome.scores,
    }


def _eta_s(row: Evaluation) -> int | None:
    if row.started_at is None or row.finished_at is not None or not row.done:
        return None
    elapsed = (timezone.now() - row.started_at).total_seconds()
    return max(1, round(elapsed / row.done * (row.total - row.done)))
