"""Tells whoever watches a dataset how its documents, and its vectors on their way elsewhere, come along."""

from __future__ import annotations

import logging
from uuid import UUID

import redis

from apps.knowledge.models import Dataset, Document, Move
from apps.knowledge.shapes import document_shape, move_shape
from weft.events import topics

logger = logging.getLogger(__name__)


def publish(document: Document) -> None:
    """Never fails: the row is the truth, and a list that is loaded again shows it."""
    try:
        topics.publish(f"dataset:{document.dataset_id}", {"type": "document", "document": document_shape(document)})
    except redis.RedisError:
        logger.warning("Progress of document %s was not published: Redis did not answer", document.id)


def publish_removed(dataset_id: object, document_id: object) -> None:
    try:
        topics.publish(f"dataset:{dataset_id}", {"type": "document_removed", "document_id": str(document_id)})
    except redis.RedisError:
        logger.warning("Removal of document %s was not published: Redis did not answer", document_id)


def publish_move(dataset_id: UUID) -> None:
    dataset = Dataset.objects.filter(id=dataset_id).first()
    if dataset is None:
        return
    move = Move.objects.filter(dataset=dataset).first()
    try:
        topics.publish(f"dataset:{dataset_id}", {"type": "move", "move": move_shape(dataset, move)})
    except redis.RedisError:
        logger.warning("The move of dataset %s was not published: Redis did not answer", dataset_id)
