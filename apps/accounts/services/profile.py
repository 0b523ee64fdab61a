"""Changes to one's own profile and to the workspace."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.models import Role, User, Workspace
from apps.accounts.services.actors import Actor, require
from apps.accounts.services.audit import record


def update_profile(user: User, *, name: str | None = None, language: str | None = None) -> User:
    if name is not None:
        user.name = name
    if language is not None:
        user.language = language
    user.save(update_fields=["name", "language", "updated_at"])
    return user


@transaction.atomic
def rename_workspace(actor: Actor, name: str) -> Workspace:
    require(actor, Role.ADMIN)
    workspace = Workspace.objects.select_for_update().get(id=actor.workspace_id)
    record(workspace.id, actor.user, "workspace.rename", name, before=workspace.name)
    workspace.name = name
    workspace.save(update_fields=["name", "updated_at"])
    return workspace
