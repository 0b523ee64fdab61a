"""Measures again what has changed: a dataset whose own settings were measured once is measured after it came to rest.

A change puts a run down for later; further changes put it off, but not for ever. The run compares itself with the one
before it (`results`), which is where an alarm comes from.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from apps.knowledge.evaluation import variants
from apps.knowledge.evaluation.cases import measured_cases
from apps.knowledge.leases import ACTIVE
from apps.knowledge.models import Case, Dataset, Document, Evaluation, EvaluationKind, Outcome, Reason
from apps.knowledge.search import settings as retrieval_settings

REST = timedelta(minutes=2)
LONGEST = timedelta(minutes=30)
KEPT_EVALUATIONS = 30
_AT_ONCE = 100


def watch() -> int:
    """Put down a run for each dataset that has moved on since it was measured, put off those that wait while their
    dataset still moves. Returns how many were put down."""
    for row in _waiting().select_related("dataset")[:_AT_ONCE]:
        _put_off(row)
    count = 0
    for dataset in _moved_on()[:_AT_ONCE]:
        count += _put_down(dataset)
    return count


def tidy() -> int:
    """Case by case results are kept of the last evaluations. Returns how many rows went."""
    kept = Evaluation.objects.filter(dataset=OuterRef("dataset"), finished_at__isnull=False).order_by("-created_at")
    oldest = Subquery(kept.values("created_at")[KEPT_EVALUATIONS - 1 : KEPT_EVALUATIONS])
    old = (
        Evaluation.objects.filter(finished_at__isnull=False).annotate(oldest=oldest).filter(created_at__lt=F("oldest"))
    )
    return Outcome.objects.filter(evaluation__in=old).delete()[0]


def _own_runs() -> QuerySet[Evaluation]:
    """Runs with the settings that the dataset itself had."""
    return Evaluation.objects.filter(kind=EvaluationKind.RUN, settings__variants__0__changes={})


def _waiting() -> QuerySet[Evaluation]:
    return _own_runs().filter(reason=Reason.CHANGE, finished_at=None, started_at=None, starts_at__isnull=False)


def _moved_on() -> QuerySet[Dataset]:
    """A run that failed counts as a look: it is not tried again before the next change."""
    runs = _own_runs().filter(dataset=OuterRef("id")).order_by("-created_at")
    cases = Case.objects.filter(dataset=OuterRef("id"), is_enabled=True).exclude(expected=[])
    return (
        Dataset.objects.filter(Exists(runs.filter(result__isnull=False)), Exists(cases))
        .annotate(looked_at=Subquery(runs.values("revision")[:1]))
        .exclude(looked_at=F("revision"))
        .exclude(Exists(runs.filter(finished_at=None)))
        .order_by("id")
    )


@transaction.atomic
def _put_down(dataset: Dataset) -> int:
    dataset = Dataset.objects.select_for_update().get(id=dataset.id)
    if _own_runs().filter(dataset=dataset, finished_at=None).exists():
        return 0
    own = variants.own(retrieval_settings.read(dataset.retrieval))
    Evaluation.objects.create(
        dataset=dataset,
        kind=EvaluationKind.RUN,
        reason=Reason.CHANGE,
        settings={"variants": [own.to_dict()]},
        revision=dataset.revision,
        total=measured_cases(dataset.id).count(),
        starts_at=timezone.now() + REST,
    )
    return 1


@transaction.atomic
def _put_off(row: Evaluation) -> None:
    locked = _waiting().select_for_update().filter(id=row.id).first()
    if locked is None:
        return
    dataset = row.dataset
    moves = Document.objects.filter(dataset=dataset, stage__in=ACTIVE).exists()
    if not moves and locked.revision == dataset.revision:
        return
    own = variants.own(retrieval_settings.read(dataset.retrieval))
    locked.settings = {"variants": [own.to_dict()]}
    locked.revision = dataset.revision
    locked.starts_at = min(timezone.now() + REST, locked.created_at + LONGEST)
    locked.save(update_fields=["settings", "revision", "starts_at", "updated_at"])
