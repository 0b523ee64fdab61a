"""Who acts, in which workspace, with which role: the value that every service takes instead of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.accounts.models import Membership, Role, User, Workspace
from weft.http.errors import WeftError

_RANK = {Role.VIEWER: 0, Role.EDITOR: 1, Role.ADMIN: 2, Role.OWNER: 3}


@dataclass(frozen=True, slots=True)
class Actor:
    """`user` is None where no person acts: a dataset key, or Weft making its sample app."""

    user: User | None
    workspace: Workspace
    role: Role

    @property
    def workspace_id(self) -> UUID:
        return self.workspace.id

    def may(self, role: Role) -> bool:
        return _RANK[self.role] >= _RANK[role]


def actor_of(request: Any) -> Actor:
    """The actor of a Django or DRF request. Raises 401 when nobody is signed in. One query."""
    return actor_for_user(getattr(request, "user", None))


def actor_for_user(user: Any) -> Actor:
    """The same for a socket's user. A user without a workspace acts nowhere."""
    if user is None or not user.is_authenticated:
        raise WeftError("not_authenticated", "Sign in first.", 401, headers={"WWW-Authenticate": "Session"})
    membership = (
        Membership.objects.filter(user_id=user.pk, user__is_active=True)
        .select_related("workspace", "user")
        .order_by("created_at", "id")
        .first()
    )
    if membership is None:
        raise WeftError("no_workspace", "Your account belongs to no workspace; ask an owner to invite you.", 403)
    return Actor(membership.user, membership.workspace, Role(membership.role))


def workspace_actor(workspace: Workspace, role: Role = Role.OWNER) -> Actor:
    """The workspace acting for itself: all of it, or with a key that may do less."""
    return Actor(None, workspace, role)


def require_operator(actor: Actor) -> None:
    """Refuse with 403 unless the actor may change what all workspaces share: an administrator of the first workspace,
    which is the one that set-up made.
    """
    require(actor, Role.ADMIN)
    first = Workspace.objects.exclude(memberships=None).order_by("created_at", "id").first()
    if first != actor.workspace:
        message = "This belongs to the whole installation; an administrator of its first workspace may change it."
        raise WeftError("forbidden", message, 403)


def require(actor: Actor, role: Role) -> None:
    """Refuse with 403 unless the actor's role is at least `role`."""
    if not actor.may(role):
        message = f"This needs the role {role.value} in {actor.workspace.name}; yours is {actor.role.value}."
        raise WeftError("forbidden", message, 403)
