"""Tells whoever watches a dataset how its evaluations come along, and when one found that it has got worse."""

from __future__ import annotations

import logging
from uuid import UUID

import redis

from apps.knowledge.evaluation.shapes import evaluation_shape
from apps.knowledge.models import Evaluation
from weft.events import topics

logger = logging.getLogger(__name__)


def publish(evaluation_id: UUID) -> None:
    """Never fails: the row is the truth. An event carries no result, which may be long."""
    row = Evaluation.objects.select_related("dataset").filter(id=evaluation_id).first()
    if row is None:
        return
    facts = [{"type": "evaluation", "evaluation": evaluation_shape(row)}]
    alarm = (row.result or {}).get("alarm")
    if alarm is not None:
        facts.append({"type": "evaluation_alarm", "evaluation_id": str(row.id), "alarm": alarm})
    try:
        for fact in facts:
            topics.publish(f"dataset:{row.dataset_id}", fact)
    except redis.RedisError:
        logger.warning("News of evaluation %s were not published: Redis did not answer", evaluation_id)


def publish_removed(dataset_id: UUID, evaluation_id: UUID) -> None:
    try:
        topics.publish(f"dataset:{dataset_id}", {"type": "evaluation_removed", "evaluation_id": str(evaluation_id)})
    except redis.RedisError:
        logger.warning("Removal of evaluation %s was not published: Redis did not answer", evaluation_id)
