"""A dataset's test set, what runs over it measured, and what people asked."""

from __future__ import annotations

from django.db import models

from apps.knowledge.models.dataset import Dataset
from weft.db.models import BaseModel


class CaseSource(models.TextChoices):
    HAND = "hand"
    LOG = "log"
    MODEL = "model"


class Case(BaseModel):
    """A question with what should be found for it.

    `expected` is [{"document_id", "quote", "grade"}]: a quote stays true when chunks are cut anew; "" means any passage
    of the document.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="cases")
    question = models.TextField()
    expected = models.JSONField(default=list)
    source = models.CharField(max_length=10, choices=CaseSource.choices, default=CaseSource.HAND)
    is_enabled = models.BooleanField(default=True)
    created_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["dataset", "created_at"], name="case_of_dataset")]


class Evaluation(BaseModel):
    """One run over a test set with one setting, or a search over settings. `result` is null until it has ended."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="evaluations")
    kind = models.CharField(max_length=10)
    reason = models.CharField(max_length=20)
    settings = models.JSONField(default=dict)
    revision = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    lease_token = models.BigIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["dataset", "created_at"], name="evaluation_of_dataset")]


class Query(BaseModel):
    """A question that was asked of a dataset, from where, and what was found first: the log cases are made from."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="queries")
    text = models.TextField()
    # test | app | api | tool
    origin = models.CharField(max_length=10)
    top_score = models.FloatField(null=True)
    hit_count = models.PositiveSmallIntegerField(default=0)
    elapsed_ms = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["dataset", "-created_at"], name="query_of_dataset")]
