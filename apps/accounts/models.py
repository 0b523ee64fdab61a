"""People, workspaces, roles, keys and the audit log."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from weft.db.models import BaseModel


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(BaseModel, AbstractBaseUser):
    # stored in lower case
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=10, default="en")
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    objects: ClassVar[UserManager] = UserManager()


class Workspace(BaseModel):
    name = models.CharField(max_length=120)
    # the budget of one run of any app that says nothing of its own
    run_limits = models.JSONField(default=dict)


class Role(models.TextChoices):
    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"


class Membership(BaseModel):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="membership_unique")]


class SetupToken(BaseModel):
    """The one-time link that makes the first admin. Only its digest is stored."""

    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class KeyScope(models.TextChoices):
    APP = "app"
    DATASET = "dataset"


class ApiKey(BaseModel):
    """A bearer key: of one app (`app-…`) or of the workspace's datasets (`dataset-…`). Only its digest is stored."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="api_keys")
    scope = models.CharField(max_length=10, choices=KeyScope.choices)
    app_id = models.UUIDField(null=True, db_index=True)
    prefix = models.CharField(max_length=24)
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="api_key_app_scope",
                condition=models.Q(scope="app", app_id__isnull=False) | models.Q(scope="dataset", app_id__isnull=True),
            )
        ]


class AuditEntry(BaseModel):
    """Who did what to which thing. Written in the same transaction as the deed."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200)
    details = models.JSONField(default=dict)
