"""The public face of an app: its chat page and widget."""

from __future__ import annotations

import secrets

from django.db import models

from weft.db.models import BaseModel


def new_code() -> str:
    return secrets.token_urlsafe(12)


class Site(BaseModel):
    app = models.OneToOneField("studio.App", on_delete=models.CASCADE, related_name="site")
    code = models.CharField(max_length=32, unique=True, default=new_code)
    enabled = models.BooleanField(default=True)
    title = models.CharField(max_length=120, blank=True)
    greeting = models.TextField(blank=True)
    suggested_questions = models.JSONField(default=list)
