"""What each model call cost. Append-only; low in the stack so that anyone may record."""

from __future__ import annotations

from django.db import models

from weft.db.models import BaseModel


class ModelUsage(BaseModel):
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=60)
    model = models.CharField(max_length=200)
    run_id = models.UUIDField(null=True, db_index=True)
    node_id = models.CharField(max_length=50, blank=True)
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["workspace", "created_at"])]
