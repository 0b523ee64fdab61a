"""The fixed cast: owner, editor and viewer share a workspace; the stranger owns another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.test import Client

from apps.accounts.models import Role, Workspace
from apps.accounts.services import Actor
from tests.factories import make_actor, make_workspace

ROLES = ("owner", "editor", "viewer", "stranger", "nobody")


@dataclass(frozen=True)
class Cast:
    workspace: Workspace
    owner: Actor
    editor: Actor
    viewer: Actor
    stranger: Actor

    def client(self, who: str) -> Client:
        """A browser signed in as one of the cast, or as nobody; it sends no CSRF token and is not asked for one."""
        client = Client()
        if who != "nobody":
            actor: Actor = getattr(self, who)
            client.force_login(actor.user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def call(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """A JSON request as `who`; `path` is below /api/v1."""
        client = self.client(who)
        extra = {} if body is None else {"data": body}
        return getattr(client, method.lower())(f"/api/v1{path}", content_type="application/json", **extra)


def make_cast() -> Cast:
    workspace = make_workspace(name="The workspace")
    return Cast(
        workspace,
        owner=make_actor(workspace, Role.OWNER, email="owner@example.org", name="Owner"),
        editor=make_actor(workspace, Role.EDITOR, email="editor@example.org", name="Editor"),
        viewer=make_actor(workspace, Role.VIEWER, email="viewer@example.org", name="Viewer"),
        stranger=make_actor(
            make_workspace(name="Elsewhere"), Role.OWNER, email="stranger@example.org", name="Stranger"
        ),
    )
