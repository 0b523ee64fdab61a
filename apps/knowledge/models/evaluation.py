"""A dataset's test set, what runs over it measured, and what people asked."""

from __future__ import annotations

from django.db import models

from apps.knowledge.models.dataset import Dataset
from weft.db.models import BaseModel


class CaseSource(models.TextChoices):
    HAND = "hand"
    LOG = "log"
    MODEL = "model"
    FEEDBACK = "feedback"


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


class EvaluationKind(models.TextChoices):
    """One setting measured; two settings compared; a search for a better one; cases made from documents by a model."""

    RUN = "run"
    COMPARE = "compare"
    SEARCH = "search"
    GENERATE = "generate"


class Reason(models.TextChoices):
    """A person asked for it, or the dataset had changed."""

    HAND = "hand"
    CHANGE = "change"


class Evaluation(BaseModel):
    """One piece of work over a test set. `result` is null until it has ended well; an ended one has `finished_at`.

    `settings` is {"variants": [{"name", "retrieval"}]}, of a `generate` what `evaluation/generation.py` needs.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="evaluations")
    kind = models.CharField(max_length=10, choices=EvaluationKind.choices)
    reason = models.CharField(max_length=20, choices=Reason.choices, default=Reason.HAND)
    settings = models.JSONField(default=dict)
    # the dataset's when it began
    revision = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    cancel_requested = models.BooleanField(default=False)
    # not before: a dataset that changes is measured when it has come to rest
    starts_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_token = models.BigIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    # leases taken since the last progress
    attempts = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["dataset", "created_at"], name="evaluation_of_dataset"),
            models.Index(
                fields=["lease_expires_at"], name="evaluation_unfinished", condition=models.Q(finished_at=None)
            ),
        ]


class Outcome(models.Model):
    """What one setting found for one case. It keeps the case as it was, so that it can be read when that has changed.

    `found` is [{"document_id", "quote", "grade", "rank"}], rank from 1 or null; `hits` are the first ones as shown.
    """

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="outcomes")
    # which of the evaluation's variants
    variant = models.PositiveSmallIntegerField(default=0)
    case_id = models.UUIDField()
    # of question and expectations: two outcomes are comparable while it is the same
    digest = models.CharField(max_length=64)
    question = models.TextField()
    found = models.JSONField(default=list)
    hits = models.JSONField(default=list)
    scores = models.JSONField(default=dict)
    # characters of text that the hits would put before a model
    n_chars = models.PositiveIntegerField(default=0)
    elapsed_ms = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["evaluation", "variant", "case_id"], name="outcome_unique")]


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
        indexes = [
            models.Index(fields=["dataset", "-created_at"], name="query_of_dataset"),
            # old ones are forgotten, whatever they were asked of
            models.Index(fields=["created_at"], name="query_age"),
        ]
