"""The public face of an app: its chat page and widget, and what starts it from outside or by the clock."""

from __future__ import annotations

import secrets

from django.db import models

from weft.db.models import BaseModel


def new_code() -> str:
    return secrets.token_urlsafe(12)


def new_token() -> str:
    return secrets.token_urlsafe(24)


class Site(BaseModel):
    app = models.OneToOneField("studio.App", on_delete=models.CASCADE, related_name="site")
    code = models.CharField(max_length=32, unique=True, default=new_code)
    enabled = models.BooleanField(default=True)
    title = models.CharField(max_length=120, blank=True)
    greeting = models.TextField(blank=True)
    suggested_questions = models.JSONField(default=list)


class TriggerKind(models.TextChoices):
    WEBHOOK = "webhook"
    SCHEDULE = "schedule"


class Trigger(BaseModel):
    """A root of an app's graph that starts runs by itself.

    One row a node, kept while the node is published or in the draft, so that its address stays the same. `config` is
    the published node's; null when the live version lacks it. `next_at` is set while a schedule is due to fire.
    """

    app = models.ForeignKey("studio.App", on_delete=models.CASCADE, related_name="triggers")
    node_id = models.CharField(max_length=50)
    kind = models.CharField(max_length=10, choices=TriggerKind.choices)
    token = models.CharField(max_length=64, unique=True, default=new_token)
    test_token = models.CharField(max_length=64, unique=True, default=new_token)
    enabled = models.BooleanField(default=True)
    config = models.JSONField(null=True)
    next_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "node_id"], name="trigger_node_unique")]
        indexes = [
            models.Index(fields=["next_at"], name="trigger_due", condition=models.Q(next_at__isnull=False)),
        ]


class FiringStatus(models.TextChoices):
    STARTED = "started"
    REFUSED = "refused"
    FAILED = "failed"


class Firing(BaseModel):
    """One time that a trigger fired. A schedule fires once for each `scheduled_at`."""

    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="firings")
    scheduled_at = models.DateTimeField(null=True)
    run_id = models.UUIDField(null=True)
    status = models.CharField(max_length=10, choices=FiringStatus.choices)
    error = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trigger", "scheduled_at"], name="firing_once_a_time")]
        indexes = [models.Index(fields=["trigger", "-created_at"])]
