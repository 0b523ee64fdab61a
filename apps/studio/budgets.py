"""What one run may use up: an app says it, or its workspace for all its apps.

Knows rows; what a run does about it is the engine's business, which also honours what the graph itself says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.accounts.models import Role, Workspace
from apps.accounts.services import Actor, record, require
from apps.studio.models import App

NAMES = ("wall_s", "tokens", "cost", "steps")


def limits_of(app: App) -> dict[str, Any] | None:
    """The limits of a run of this app: each is the app's, else the workspace's. None when nothing is limited."""
    return {**shown(app.workspace.run_limits), **_said(app.limits)} if app.limits or app.workspace.run_limits else None


def shown(limits: Mapping[str, Any]) -> dict[str, Any]:
    """All four, null where nothing is said."""
    return {name: limits.get(name) for name in NAMES}


def set_app_limits(actor: Actor, app: App, limits: Mapping[str, Any]) -> None:
    require(actor, Role.EDITOR)
    app.limits = _said(limits)
    app.save(update_fields=["limits", "updated_at"])
    record(actor.workspace_id, actor.user, "app.limits", app.name, app_id=str(app.id), **app.limits)


def set_workspace_limits(actor: Actor, limits: Mapping[str, Any]) -> Workspace:
    require(actor, Role.ADMIN)
    workspace = actor.workspace
    workspace.run_limits = _said(limits)
    workspace.save(update_fields=["run_limits", "updated_at"])
    record(actor.workspace_id, actor.user, "workspace.limits", workspace.name, **workspace.run_limits)
    return workspace


def _said(limits: Mapping[str, Any]) -> dict[str, Any]:
    return {name: limits[name] for name in NAMES if limits.get(name) is not None}
