"""Rows for tests, made by plain functions: `make_member(workspace, role="viewer")`. Overrides win over defaults."""

from __future__ import annotations

import itertools
from typing import Any

from apps.accounts.models import ApiKey, Membership, Role, User, Workspace
from apps.accounts.services import Actor, issue_key
from apps.knowledge.models import Dataset
from apps.providers.models import Provider
from apps.providers.secrets import encrypt

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


def make_provider(workspace: Workspace, base_url: str, **over: Any) -> Provider:
    """An OpenAI-compatible provider with the key that `tests.fakes.openai_server` takes for right."""
    key = over.pop("key", "sk-right")
    models = [{"name": "fake-chat", "kind": "chat"}, {"name": "fake-embedding", "kind": "embedding"}]
    fields = {"slug": "acme", "name": "Acme", "base_url": base_url, "encrypted_key": encrypt(key), "models": models}
    return Provider.objects.create(workspace=workspace, **{**fields, **over})


def make_dataset(workspace: Workspace, **over: Any) -> Dataset:
    return Dataset.objects.create(workspace=workspace, **{"name": f"Dataset {next(_numbers)}", **over})
