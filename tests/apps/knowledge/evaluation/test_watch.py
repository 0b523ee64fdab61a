"""A dataset that changed is measured again when it has come to rest, and an alarm tells what got worse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.knowledge import index
from apps.knowledge.evaluation import services, tasks, watch
from apps.knowledge.models import Chunk, Dataset, Document, Evaluation, Outcome, Stage
from tests.apps.knowledge.evaluation.library import add_case, add_document
from tests.cast import Cast
from weft.events import topics


def measured(cast: Cast, library: Dataset, **over: Any) -> Evaluation:
    row = services.start_run(cast.editor, library.id, over or None)
    tasks.evaluate(str(row.id))
    return Evaluation.objects.get(id=row.id)


def later(row: Evaluation) -> None:
    """Its time has come."""
    Evaluation.objects.filter(id=row.id).update(starts_at=timezone.now() - timedelta(seconds=1))


def pending() -> Evaluation:
    return Evaluation.objects.get(reason="change", finished_at=None)


def test_only_what_was_measured_and_has_changed_is_measured_again(cast: Cast, library: Dataset) -> None:
    add_case(library, "trains", "two weeks")
    assert watch.watch() == 0
    measured(cast, library, top_k=1)
    index.touch(library.id)
    assert watch.watch() == 0  # these were never the dataset's own settings

    measured(cast, library)
    assert watch.watch() == 0
    index.touch(library.id)

    assert [watch.watch(), watch.watch()] == [1, 0]
    row = pending()
    assert (row.kind, row.total, row.revision) == ("run", 1, Dataset.objects.get().revision)
    assert tasks.watch_evaluations() == 0  # not before it has come to rest


def test_a_dataset_in_motion_is_waited_for_but_not_for_ever(cast: Cast, library: Dataset) -> None:
    add_case(library, "trains", "two weeks")
    measured(cast, library)
    index.touch(library.id)
    watch.watch()
    document = add_document(library, "new.md", ["Something new."], stage=Stage.EMBEDDING)

    later(pending())
    watch.watch()
    assert pending().starts_at > timezone.now()  # type: ignore[operator]

    Evaluation.objects.filter(id=pending().id).update(created_at=timezone.now() - watch.LONGEST)
    watch.watch()
    assert pending().starts_at <= timezone.now()  # type: ignore[operator]

    Document.objects.filter(id=document.id).update(stage=Stage.READY)
    row = pending()
    assert row.revision == Dataset.objects.get().revision
    assert tasks.watch_evaluations() == 1


def test_an_alarm_names_the_cases_that_got_worse(cast: Cast, library: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [
        add_case(library, f"Receipts within thirty days, number {each}?", "within thirty days") for each in range(8)
    ]
    add_case(library, "trains", "two weeks")
    before = measured(cast, library)
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(topics, "publish", lambda topic, fact: told.append(fact))

    lost = Chunk.objects.get(content__contains="within thirty days")
    Chunk.objects.filter(id=lost.id).update(is_enabled=False)
    index.drop(library.id, [lost.id])
    watch.watch()
    row = pending()
    later(row)
    tasks.evaluate(str(row.id))

    alarm = cast.call("viewer", "GET", f"/evaluations/{row.id}").json()["alarm"]
    assert alarm["before"] == {"evaluation_id": str(before.id), "revision": before.revision}
    assert (alarm["case_count"], alarm["settings_changed"]) == (8, False)
    assert {each["case_id"] for each in alarm["cases"]} == {str(each.id) for each in cases}
    assert {(each["before"]["ranks"][0], each["after"]["ranks"][0]) for each in alarm["cases"]} == {(1, None)}
    assert alarm["metrics"]["recall@10"]["high"] < 0
    assert told[-1] == {"type": "evaluation_alarm", "evaluation_id": str(row.id), "alarm": alarm}
    history = cast.call("viewer", "GET", f"/datasets/{library.id}/evaluations/history").json()["items"]
    assert [point["has_alarm"] for point in history[0]["points"]] == [False, True]


def test_a_change_that_harms_nothing_raises_no_alarm(cast: Cast, library: Dataset) -> None:
    add_case(library, "trains", "two weeks")
    measured(cast, library)
    add_document(library, "more.md", ["Coffee is free on Fridays."])
    watch.watch()
    later(pending())
    tasks.evaluate(str(pending().id))

    result = Evaluation.objects.get(reason="change").result
    assert result is not None
    assert (result["alarm"], result["against"]["worse_count"]) == (None, 0)
    assert watch.watch() == 0


def test_a_run_that_fails_is_not_tried_again_before_the_next_change(
    cast: Cast, library: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_case(library, "trains", "two weeks")
    measured(cast, library)
    index.touch(library.id)
    watch.watch()
    Evaluation.objects.filter(id=pending().id).update(attempts=9, starts_at=None)
    tasks.evaluate(str(pending().id))

    assert Evaluation.objects.get(reason="change").error_code == "evaluation_crashed"
    assert watch.watch() == 0
    index.touch(library.id)
    assert watch.watch() == 1


def test_old_rows_go_and_what_they_came_to_stays(cast: Cast, library: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "KEPT_EVALUATIONS", 2)
    add_case(library, "trains", "two weeks")
    runs = [measured(cast, library) for _ in range(3)]

    assert tasks.tidy_evaluations() == 1

    assert set(Outcome.objects.values_list("evaluation_id", flat=True)) == {each.id for each in runs[1:]}
    assert Evaluation.objects.exclude(result=None).count() == 3
