"""Documents sent over the knowledge API by several suites."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.knowledge import tasks
from apps.knowledge.models import Dataset, Document
from tests.apps.publishing.service.conftest import Api

TEXT = "# Travel\n\nTrains are booked early.\n\n# Food\n\nLunch is free."

CUSTOM = {
    "mode": "custom",
    "rules": {
        "pre_processing_rules": [
            {"id": "remove_extra_spaces", "enabled": True},
            {"id": "remove_urls_emails", "enabled": True},
        ],
        "segmentation": {"separator": "###", "max_tokens": 100, "chunk_overlap": 10},
    },
}


def rows() -> list[dict[str, Any]]:
    return [
        dict(row)
        for row in Document.objects.order_by("id").values("id", "name", "sha256", "stage", "processing", "is_archived")
    ]


def ingest(document_id: str) -> None:
    tasks.ingest_document(document_id)


async def add(api: Api, dataset: Dataset, name: str = "guide.md", text: str = TEXT, **body: Any) -> dict[str, Any]:
    path = f"/datasets/{dataset.pk}/document/create-by-text"
    answer = await api.call("POST", path, {"name": name, "text": text, **body})
    assert answer.status_code == 200, answer.content
    made: dict[str, Any] = answer.json()
    return made


def upload(name: str = "a.txt", content: bytes = b"A.") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)
