"""What may be done with evaluations: start, stop, take up again, delete, and take over what one found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.knowledge import dataset_settings
from apps.knowledge.dispatch import send
from apps.knowledge.evaluation import events, generation, results, variants
from apps.knowledge.evaluation.cases import measured_cases
from apps.knowledge.evaluation.variants import Variant
from apps.knowledge.models import Dataset, Evaluation, EvaluationKind, Outcome, Query
from apps.knowledge.search import settings as retrieval_settings
from apps.knowledge.selectors import dataset_by_id, visible
from weft.http.errors import WeftError, invalid, not_found

# So many may wait or run in one dataset: a person who asks again has forgotten the first.
MAX_UNFINISHED = 3
_HISTORY = 500


def evaluations_of(dataset: Dataset) -> QuerySet[Evaluation]:
    return Evaluation.objects.filter(dataset=dataset)


def evaluation_by_id(actor: Actor, evaluation_id: UUID) -> Evaluation:
    seen = Evaluation.objects.filter(visible(actor, "dataset__"), dataset__workspace_id=actor.workspace_id)
    row = seen.filter(id=evaluation_id).select_related("dataset").first()
    if row is None:
        raise not_found("evaluation")
    return row


def start_run(actor: Actor, dataset_id: UUID, retrieval: Mapping[str, Any] | None = None) -> Evaluation:
    """Measure one setting: the dataset's own, with what `retrieval` says in its place."""
    dataset = _to_change(actor, dataset_id)
    base = retrieval_settings.read(dataset.retrieval)
    setting = retrieval_settings.checked(retrieval, base) if retrieval else base
    return _start(actor, dataset, EvaluationKind.RUN, [variants.changed(base, setting)])


def start_comparison(
    actor: Actor, dataset_id: UUID, first: Mapping[str, Any] | None, second: Mapping[str, Any]
) -> Evaluation:
    """Measure two settings on the same cases, each as `start_run` reads it."""
    dataset = _to_change(actor, dataset_id)
    base = retrieval_settings.read(dataset.retrieval)
    one = retrieval_settings.checked(first, base) if first else base
    other = retrieval_settings.checked(second, base)
    if one == other:
        message = "Both sides have the same settings. Change something on one of them."
        raise invalid("second", message, "evaluation_same_settings")
    return _start(actor, dataset, EvaluationKind.COMPARE, [variants.changed(base, one), variants.changed(base, other)])


def start_search(actor: Actor, dataset_id: UUID) -> Evaluation:
    """Look for settings that find more than the dataset's own."""
    dataset = _to_change(actor, dataset_id)
    tried = variants.field_of(retrieval_settings.read(dataset.retrieval))
    return _start(actor, dataset, EvaluationKind.SEARCH, tried)


def start_generation(actor: Actor, dataset_id: UUID, *, provider: str, model: str, count: int) -> Evaluation:
    """Let a chat model write up to `count` cases from the dataset's passages."""
    dataset = _to_change(actor, dataset_id)
    if not 1 <= count <= generation.MAX_COUNT:
        message = f"From 1 to {generation.MAX_COUNT} questions can be written at a time, not {count}."
        raise invalid("count", message, "generation_count", max=generation.MAX_COUNT)
    settings = {"provider": provider, "model": model, "count": count}
    return _enqueue(actor, dataset, EvaluationKind.GENERATE, settings, total=count)


@transaction.atomic
def cancel(actor: Actor, evaluation_id: UUID) -> Evaluation:
    """One that waits ends here; one that runs ends with its batch. What it found so far stays for `resume`."""
    require(actor, Role.EDITOR)
    row = _locked(actor, evaluation_id)
    if row.finished_at is None:
        row.cancel_requested = True
        row.starts_at = None
        row.save(update_fields=["cancel_requested", "starts_at", "updated_at"])
        # the worker that takes it, or has it, ends it: so only one ever writes an end
        transaction.on_commit(partial(dispatch, row.id))
    return row


@transaction.atomic
def resume(actor: Actor, evaluation_id: UUID) -> Evaluation:
    """Go on with one that was stopped or failed. One that is on its way, or done, is left alone."""
    require(actor, Role.EDITOR)
    row = _locked(actor, evaluation_id)
    if row.finished_at is not None and row.error_code:
        row.finished_at = row.lease_expires_at = None
        row.error_code = row.error_message = ""
        row.cancel_requested = False
        row.attempts = 0
        row.save()
        transaction.on_commit(partial(dispatch, row.id))
    return row


@transaction.atomic
def delete_evaluation(actor: Actor, evaluation_id: UUID) -> None:
    """A worker that has it finds its lease gone."""
    require(actor, Role.EDITOR)
    row = evaluation_by_id(actor, evaluation_id)
    dataset_id = row.dataset_id
    row.delete()
    transaction.on_commit(partial(events.publish_removed, dataset_id, evaluation_id))


@transaction.atomic
def apply(
    actor: Actor, evaluation_id: UUID, *, variant: int | None = None, changes: Mapping[str, Any] | None = None
) -> Dataset:
    """Make what was measured the dataset's own settings, and `changes` with it.

    Without `variant` that is what a search advises; one that advises nothing is refused. How much is shown (`top_k`,
    threshold, token limit) stays as the dataset has it unless `changes` says otherwise: a search measures every
    variant equally deep.
    """
    require(actor, Role.EDITOR)
    row = evaluation_by_id(actor, evaluation_id)
    if row.result is None or row.kind == EvaluationKind.GENERATE:
        raise WeftError("evaluation_not_done", "The evaluation has no settings to apply. Wait until it is done.", 409)
    tried = row.settings["variants"]
    index = int(row.result.get("advised", 0)) if variant is None else variant
    if variant is None and not changes and row.kind == EvaluationKind.SEARCH and index == 0:
        message = "The search found nothing that is surely better: there is nothing to apply. Name a variant instead."
        raise WeftError("evaluation_nothing_advised", message, 409)
    if not 0 <= index < len(tried):
        message = f"The evaluation measured {len(tried)} settings; there is no number {index}."
        raise invalid("variant", message, "evaluation_variant_unknown", count=len(tried))
    dataset = row.dataset
    current = retrieval_settings.read(dataset.retrieval)
    measured = retrieval_settings.read(tried[index]["retrieval"])
    if row.kind == EvaluationKind.SEARCH:
        shown = {name: getattr(current, name) for name in ("top_k", "threshold", "max_tokens")}
        measured = measured.model_copy(update=shown)
    setting = retrieval_settings.checked(changes, measured) if changes else measured
    changed = dataset_settings.change_settings(actor, dataset.id, retrieval=setting.model_dump(mode="json"))
    changed.refresh_from_db()
    return changed


def compare_runs(actor: Actor, evaluation_id: UUID, other_id: UUID) -> dict[str, Any]:
    """This run beside an earlier one of the same dataset."""
    after, before = evaluation_by_id(actor, evaluation_id), evaluation_by_id(actor, other_id)
    if before.dataset_id != after.dataset_id or any(
        each.kind != EvaluationKind.RUN or each.result is None for each in (before, after)
    ):
        message = "Only finished runs of one dataset can be compared. Choose two of them."
        raise invalid("with", message, "evaluation_not_comparable")
    return results.compared(before, after)


def history(actor: Actor, dataset_id: UUID) -> list[dict[str, Any]]:
    """Every setting's measurements over time, oldest first; the setting measured last comes first."""
    dataset = dataset_by_id(actor, dataset_id)
    rows = evaluations_of(dataset).filter(kind=EvaluationKind.RUN, result__isnull=False).order_by("-created_at")
    series: dict[str, dict[str, Any]] = {}
    current = variants.key_of(retrieval_settings.read(dataset.retrieval))
    for row in rows[:_HISTORY]:
        measured = row.settings["variants"][0]
        line = series.setdefault(
            measured["key"],
            {
                "key": measured["key"],
                "retrieval": measured["retrieval"],
                "is_current": measured["key"] == current,
                "points": [],
            },
        )
        line["points"].insert(0, _point(row))
    return list(series.values())


def outcomes_of(row: Evaluation, variant: int) -> QuerySet[Outcome]:
    return Outcome.objects.filter(evaluation=row, variant=variant)


def last_outcomes(dataset: Dataset, case_ids: Sequence[UUID]) -> dict[UUID, Outcome]:
    """What the last finished run found for each of the cases."""
    run = evaluations_of(dataset).filter(kind=EvaluationKind.RUN, result__isnull=False)
    newest = run.order_by("-created_at").first()
    if newest is None:
        return {}
    return {each.case_id: each for each in outcomes_of(newest, 0).filter(case_id__in=case_ids)}


def queries_of(dataset: Dataset) -> QuerySet[Query]:
    return Query.objects.filter(dataset=dataset)


@transaction.atomic
def forget_queries(actor: Actor, dataset_id: UUID) -> int:
    """Empty the log of what was asked. Cases made from it stay."""
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    gone, _ = queries_of(dataset).delete()
    record(actor.workspace_id, actor.user, "dataset.queries.delete", dataset.name, count=gone)
    return gone


def dispatch(evaluation_id: UUID) -> None:
    send("evaluate", str(evaluation_id))
    events.publish(evaluation_id)


def _start(actor: Actor, dataset: Dataset, kind: EvaluationKind, tried: Sequence[Variant]) -> Evaluation:
    count = measured_cases(dataset.id).count()
    if not count:
        message = f"{dataset.name} has no cases to measure. Add questions with what answers them."
        raise invalid("cases", message, "evaluation_no_cases")
    settings = {"variants": [each.to_dict() for each in tried]}
    return _enqueue(actor, dataset, kind, settings, total=count * len(tried))


@transaction.atomic
def _enqueue(
    actor: Actor, dataset: Dataset, kind: EvaluationKind, settings: dict[str, Any], *, total: int
) -> Evaluation:
    # the dataset's row orders those who ask at once
    Dataset.objects.select_for_update().get(id=dataset.id)
    if evaluations_of(dataset).filter(finished_at=None).count() >= MAX_UNFINISHED:
        message = f"{MAX_UNFINISHED} evaluations of {dataset.name} are still at work. Wait for them, or stop one."
        raise WeftError("evaluations_too_many", message, 409)
    row = Evaluation.objects.create(
        dataset=dataset,
        kind=kind,
        settings=settings,
        revision=dataset.revision,
        total=total,
        created_by=actor.user,
    )
    transaction.on_commit(partial(dispatch, row.id))
    return row


def _to_change(actor: Actor, dataset_id: UUID) -> Dataset:
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    if dataset.external_service_id is not None:
        message = f"{dataset.name} is searched elsewhere: its passages are not here to be compared with."
        raise WeftError("dataset_external", message, 409)
    return dataset


def _locked(actor: Actor, evaluation_id: UUID) -> Evaluation:
    evaluation_by_id(actor, evaluation_id)
    return Evaluation.objects.select_for_update().select_related("dataset").get(id=evaluation_id)


def _point(row: Evaluation) -> dict[str, Any]:
    assert row.result is not None
    return {
        "evaluation_id": str(row.id),
        "at": row.created_at.isoformat(),
        "revision": row.revision,
        "reason": row.reason,
        "cases": row.result["cases"],
        "metrics": row.result["metrics"],
        "has_alarm": row.result.get("alarm") is not None,
    }
