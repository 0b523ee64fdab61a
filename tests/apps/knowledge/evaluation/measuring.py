"""Evaluations carried out over HTTP, for several suites."""

from __future__ import annotations

from typing import Any

from apps.knowledge.evaluation import tasks
from apps.knowledge.models import Case, Dataset
from tests.apps.knowledge.evaluation.library import add_case
from tests.cast import Cast


def start(cast: Cast, dataset: Dataset, who: str = "editor", **body: Any) -> Any:
    return cast.call(who, "POST", f"/datasets/{dataset.id}/evaluations", body)


def carried_out(cast: Cast, dataset: Dataset, **body: Any) -> dict[str, Any]:
    answer = start(cast, dataset, **body)
    assert answer.status_code == 202, answer.json()
    tasks.evaluate(answer.json()["id"])
    shown: dict[str, Any] = cast.call("viewer", "GET", f"/evaluations/{answer.json()['id']}").json()
    assert shown["result"] is not None or shown["error"] is not None, shown
    return shown


def add_cases(dataset: Dataset) -> list[Case]:
    return [
        add_case(dataset, "When are trains booked?", "two weeks"),
        add_case(dataset, "leave in the calendar", name="leave.md"),
        add_case(dataset, "How much may lunch be, in dollars?", "First class"),
        add_case(dataset, "not measured", "First class", is_enabled=False),
    ]
