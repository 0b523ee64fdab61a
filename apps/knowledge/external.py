"""Asking a retrieval service elsewhere by Dify's external knowledge contract: `POST {endpoint}/retrieval`.

Knows the contract; knows nothing of ranking. What a service answers is data of strangers and is bounded.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.knowledge.metadata import Filter
from apps.knowledge.models import Dataset
from apps.providers import secrets
from weft.db.aio import call_db
from weft.http import egress
from weft.http.errors import WeftError
from workflows.errors import RetrievalError

TIMEOUT_S = 20.0
_MAX_BODY = 4 * 1024 * 1024
_MAX_RECORDS, _MAX_CHARS, _MAX_TITLE = 100, 20_000, 300


@dataclass(frozen=True, slots=True)
class Service:
    """Where a dataset's questions go."""

    name: str
    url: str
    key: str
    knowledge_id: str


@dataclass(frozen=True, slots=True)
class Record:
    """A passage as the service gave it; `score` is brought into 0 to 1."""

    content: str
    score: float
    title: str
    metadata: dict[str, Any]


async def retrieve(
    dataset_id: UUID, query: str, *, top_k: int, threshold: float | None, filter_: Filter | None
) -> list[Record]:
    """Best first. Raises RetrievalError naming the service."""
    service = await call_db(_service, dataset_id)
    body: dict[str, Any] = {
        "knowledge_id": service.knowledge_id,
        "query": query,
        "retrieval_setting": {"top_k": top_k, "score_threshold": threshold or 0.0},
    }
    if filter_ is not None and filter_.conditions:
        body["metadata_condition"] = {
            "logical_operator": filter_.logical,
            "conditions": [
                {"name": [each.name], "comparison_operator": each.operator, "value": each.value}
                for each in filter_.conditions
            ],
        }
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
    if service.key:
        headers["Authorization"] = f"Bearer {service.key}"
    data = json.dumps(body, ensure_ascii=False, default=str).encode()
    try:
        response = await egress.fetch(
            "POST", service.url, headers=headers, data=data, timeout_s=TIMEOUT_S, max_bytes=_MAX_BODY
        )
    except egress.EgressError as exc:
        raise _failed(service, exc.message) from exc
    if response.status != 200:
        raise _failed(service, f"It answered with status {response.status}: {_said(response.body)}")
    try:
        rows = json.loads(response.body)["records"]
        records = [_record(row) for row in rows[:_MAX_RECORDS] if isinstance(row, dict) and row.get("content")]
    except (ValueError, KeyError, TypeError) as exc:
        raise _failed(service, "It answered, but not with the records of the external knowledge contract.") from exc
    return sorted(records, key=lambda record: -record.score)[:top_k]


def _service(dataset_id: UUID) -> Service:
    dataset = Dataset.objects.select_related("external_service").get(id=dataset_id)
    service = dataset.external_service
    assert service is not None, "only external datasets are asked elsewhere"
    try:
        key = secrets.decrypt(service.api_key)
    except WeftError as exc:
        raise RetrievalError(exc.code, f"The key of {service.name} cannot be read: enter it again.") from exc
    url = service.endpoint.rstrip("/")
    url = url if url.endswith("/retrieval") else f"{url}/retrieval"
    return Service(service.name, url, key, dataset.external_key)


def _record(row: dict[str, Any]) -> Record:
    metadata = row.get("metadata")
    score = float(row.get("score") or 0.0)
    return Record(
        content=str(row["content"])[:_MAX_CHARS],
        score=min(1.0, max(0.0, score)) if score == score else 0.0,
        title=str(row.get("title") or "")[:_MAX_TITLE],
        metadata=metadata if isinstance(metadata, dict) else {},
    )


def _said(body: bytes) -> str:
    return body[:300].decode("utf-8", "replace")


def _failed(service: Service, why: str) -> RetrievalError:
    message = f"The knowledge service {service.name} could not be asked. {why} Check it under Knowledge."
    return RetrievalError("external_service_failed", message)
