"""Model providers of a workspace: an OpenAI-compatible endpoint and its encrypted key."""

from __future__ import annotations

from django.db import models

from weft.db.models import BaseModel


class Provider(BaseModel):
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="providers")
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    base_url = models.URLField(max_length=500)
    encrypted_key = models.TextField(blank=True)
    key_hint = models.CharField(max_length=12, blank=True)
    # [{"name": str, "kind": "chat" | "embedding", "input_price"?: float, "output_price"?: float}]
    models = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "slug"], name="provider_slug_unique")]
