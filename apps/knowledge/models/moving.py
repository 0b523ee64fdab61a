"""How far a dataset's vectors have come on their way. Where to is `Dataset.moving`."""

from __future__ import annotations

from django.db import models

from apps.knowledge.models.dataset import Dataset
from weft.db.models import BaseModel


class Move(BaseModel):
    """The last one of its dataset; on its way while `Dataset.moving` says where to. `lease_*` say who works on it.

    `generation` is the last that was given out: no two moves fill the same collection, so what a worker that was
    stopped still writes gets in nobody's way.
    """

    dataset = models.OneToOneField(Dataset, on_delete=models.CASCADE, related_name="move")
    generation = models.PositiveIntegerField(default=1)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    # when the worker that has it began, and how much was done by then: what the time left is told by
    started_at = models.DateTimeField(null=True)
    started_done = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    # after an error: when it is tried again
    retry_at = models.DateTimeField(null=True)
    lease_token = models.PositiveBigIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
