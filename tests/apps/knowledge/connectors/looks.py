"""A connector made, asked to look, and what came of it."""

from __future__ import annotations

from typing import Any

from apps.knowledge import services, tasks
from apps.knowledge.models import Connector, Dataset, Document
from tests.cast import Cast
from weft.http import storage


def connect(cast: Cast, dataset: Dataset, kind: str, **settings: Any) -> Connector:
    return services.create_connector(cast.owner, dataset.id, kind=kind, name="Place", settings=settings)


def look(connector: Connector) -> dict[str, Any]:
    """Look once; what the report says beside its time."""
    tasks.look(str(connector.id))
    report = dict(Connector.objects.get(id=connector.id).report)
    del report["at"]
    return report


def counted(**over: Any) -> dict[str, Any]:
    zero = dict.fromkeys(("added", "changed", "removed", "unchanged", "failed"), 0)
    return {**zero, "failures": [], "error": None, "goes_on": None, **over}


def texts(dataset: Dataset) -> dict[str, str]:
    rows = Document.objects.filter(dataset=dataset)
    return {row.source_url: storage.locate(row.path).read_text() for row in rows}
