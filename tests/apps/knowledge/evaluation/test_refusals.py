"""Who may evaluate and read evaluations, and what cannot be measured."""

from __future__ import annotations

from typing import Any

import pytest

from apps.knowledge.models import Dataset, Evaluation
from tests.apps.knowledge.evaluation.measuring import add_cases, carried_out, start
from tests.cast import Cast


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "evaluation_no_cases"),
        ({"kind": "compare"}, 422, "invalid"),
        ({"kind": "compare", "second": {}}, 422, "evaluation_same_settings"),
        ({"retrieval": {"top_k": 0}}, 422, "retrieval_setting_invalid"),
        ({"kind": "generate"}, 422, "invalid"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    cast: Cast, library: Dataset, body: dict[str, Any], status: int, code: str
) -> None:
    answer = start(cast, library, **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Evaluation.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("stranger", 404), ("nobody", 401)])
def test_who_may_not_evaluate(cast: Cast, library: Dataset, who: str, status: int) -> None:
    add_cases(library)
    evaluation_id = start(cast, library).json()["id"]

    answers = [
        start(cast, library, who),
        *(cast.call(who, "POST", f"/evaluations/{evaluation_id}/{act}", {}) for act in ("cancel", "resume", "apply")),
        cast.call(who, "DELETE", f"/evaluations/{evaluation_id}"),
    ]

    assert [answer.status_code for answer in answers] == [status] * len(answers)
    row = Evaluation.objects.get()
    assert (row.finished_at, row.cancel_requested) == (None, False)


@pytest.mark.parametrize(("who", "status"), [("viewer", 200), ("stranger", 404), ("nobody", 401)])
def test_who_may_read_evaluations(cast: Cast, library: Dataset, who: str, status: int) -> None:
    add_cases(library)
    evaluation_id = carried_out(cast, library)["id"]

    for path in (
        f"/datasets/{library.id}/evaluations",
        f"/datasets/{library.id}/evaluations/history",
        f"/evaluations/{evaluation_id}",
        f"/evaluations/{evaluation_id}/outcomes",
        f"/evaluations/{evaluation_id}/comparison?other={evaluation_id}",
    ):
        assert cast.call(who, "GET", path).status_code == status
