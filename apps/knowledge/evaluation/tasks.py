"""Work that the workers and the scheduler do for evaluations."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from celery import shared_task

from apps.knowledge import slots
from apps.knowledge.evaluation import runs, watch
from apps.knowledge.evaluation.leases import waiting


@shared_task(name="knowledge.evaluate")
def evaluate(evaluation_id: str) -> None:
    slots.EVALUATIONS.run(evaluation_id, partial(_evaluate, evaluation_id))


def _evaluate(evaluation_id: str) -> None:
    """The next one in turn follows: its own message may have come while this one was worked on."""
    if runs.execute(UUID(evaluation_id)) and (following := waiting().first()) is not None:
        evaluate.delay(str(following.id))


@shared_task(name="knowledge.watch_evaluations")
def watch_evaluations() -> int:
    """Put down what has to be measured again; hand on the next one that nobody works on, whatever became of its worker
    or its message. The lease makes doubles harmless."""
    watch.watch()
    ready = waiting().first()
    if ready is None:
        return 0
    evaluate.delay(str(ready.id))
    return 1


@shared_task(name="knowledge.tidy_evaluations")
def tidy_evaluations() -> int:
    return watch.tidy()
