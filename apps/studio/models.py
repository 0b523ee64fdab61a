"""Apps, their drafts, and the immutable versions that publishing makes."""

from __future__ import annotations

from django.db import models

from weft.db.fields import OrderedJSONField
from weft.db.models import BaseModel


class Mode(models.TextChoices):
    CHAT = "chat"
    WORKFLOW = "workflow"


class App(BaseModel):
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="apps")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    icon = models.CharField(max_length=40, blank=True)
    mode = models.CharField(max_length=10, choices=Mode.choices)
    live_version = models.ForeignKey("studio.Version", on_delete=models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")
    # the budget of one run: wall_s, tokens, cost, steps; what is left out, the workspace says
    limits = models.JSONField(default=dict)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-updated_at"])]


class Draft(BaseModel):
    """The document being edited. `revision` grows by one with every save; a save names the revision it started from."""

    app = models.OneToOneField(App, on_delete=models.CASCADE, related_name="draft")
    document = OrderedJSONField()
    revision = models.PositiveIntegerField(default=1)
    updated_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")


class Version(BaseModel):
    """A published document. Never changed after it is made; runs refer to it."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    document = OrderedJSONField()
    plan_hash = models.CharField(max_length=64)
    note = models.CharField(max_length=500, blank=True)
    author = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "number"], name="version_number_unique")]
