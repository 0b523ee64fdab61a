"""Rows for tests, made by plain functions: `make_member(workspace, role="viewer")`. Overrides win over defaults."""

from __future__ import annotations

import itertools
from typing import Any

from apps.accounts.models import ApiKey, Membership, Role, User, Workspace
from apps.accounts.services import Actor, issue_key

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


def make_workspace(**over: Any) -> Workspace:
    return Workspace.objects.create(**{"name": f"Workspace {next(_numbers)}", **over})


def make_user(**over: Any) -> User:
    number = next(_numbers)
    password = over.pop("password", PASSWORD)
    user = User(**{"email": f"person{number}@example.org", "name": f"Person {number}", **over})
    user.set_password(password)
    user.save()
    return user


def make_actor(workspace: Workspace | None = None, role: str = Role.OWNER, **over: Any) -> Actor:
    """A new user with a role in `workspace` (a new one when None)."""
    workspace = workspace or make_workspace()
    user = make_user(**over)
    Membership.objects.create(workspace=workspace, user=user, role=role)
    return Actor(user, workspace, Role(role))


def make_key(actor: Actor, **over: Any) -> tuple[ApiKey, str]:
    issued = issue_key(actor, **over)
    return issued.row, issued.text
