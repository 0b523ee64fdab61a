"""Making, changing and deleting apps, and saving their drafts.

Knows rows and the document's place in them; knows nothing of HTTP. Publishing is `publication`, files are `transfer`.
"""

from __future__ import annotations

import copy
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.studio import starters, warming
from apps.studio.calls import library_for
from apps.studio.errors import DraftConflict
from apps.studio.locks import lock_draft
from apps.studio.models import App, Draft
from apps.studio.resources import faults_in
from apps.studio.selectors import deleted_app
from workflows import check
from workflows.errors import DefinitionError, Fault

__all__ = ["create_app", "delete_app", "duplicate_app", "faults_of", "restore_app", "save_draft", "update_app"]


@transaction.atomic
def create_app(
    actor: Actor,
    *,
    name: str,
    template: str,
    icon: str = "",
    description: str = "",
    dataset_id: UUID | None = None,
    language: str | None = None,
) -> App:
    """An app from a starter. `language` is that of its prompts; the actor's own unless given."""
    require(actor, Role.EDITOR)
    chosen = starters.Choice(
        name=name,
        language=language or (actor.user.language if actor.user is not None else "en"),
        workspace_id=actor.workspace_id,
        dataset_id=dataset_id,
    )
    return new_app(actor, starters.document(template, chosen), name=name, icon=icon, description=description)


def new_app(actor: Actor, document: dict[str, Any], *, name: str, icon: str = "", description: str = "") -> App:
    """Store an app with this draft. The caller has checked the role and holds a transaction."""
    facts = document["app"]
    facts["name"] = name
    app = App.objects.create(
        workspace=actor.workspace,
        name=name,
        description=description or facts.get("description", ""),
        icon=icon or facts.get("icon", ""),
        mode=facts["mode"],
        created_by=actor.user,
    )
    Draft.objects.create(app=app, document=document, updated_by=actor.user)
    record(actor.workspace_id, actor.user, "app.create", name, app_id=str(app.id))
    return app


@transaction.atomic
def update_app(actor: Actor, app: App, **changes: str) -> App:
    """Change name, description or icon."""
    require(actor, Role.EDITOR)
    for field, value in changes.items():
        setattr(app, field, value)
    app.save(update_fields=[*changes, "updated_at"])
    return app


@transaction.atomic
def duplicate_app(actor: Actor, app: App, *, name: str) -> App:
    """A new app with a copy of the draft: no versions, keys, site or runs come along."""
    require(actor, Role.EDITOR)
    return new_app(actor, copy.deepcopy(app.draft.document), name=name, icon=app.icon, description=app.description)


@transaction.atomic
def delete_app(actor: Actor, app: App) -> None:
    """Put the app into the bin: it disappears everywhere, its published face closes, `restore_app` undoes it."""
    require(actor, Role.EDITOR)
    app.deleted_at = timezone.now()
    app.save(update_fields=["deleted_at", "updated_at"])
    warming.soon(app.id)
    record(actor.workspace_id, actor.user, "app.delete", app.name, app_id=str(app.id))


@transaction.atomic
def restore_app(actor: Actor, app_id: UUID) -> App:
    """Take an app out of the bin, as it was."""
    require(actor, Role.EDITOR)
    app = deleted_app(actor.workspace_id, app_id)
    app.deleted_at = None
    app.save(update_fields=["deleted_at", "updated_at"])
    warming.soon(app.id)
    record(actor.workspace_id, actor.user, "app.restore", app.name, app_id=str(app.id))
    return app


@transaction.atomic
def save_draft(actor: Actor, app: App, document: dict[str, Any], *, revision: int) -> Draft:
    """Store `document`, made from `revision`.

    Raises DraftConflict when the draft has moved on; nothing is stored then.
    """
    require(actor, Role.EDITOR)
    draft = lock_draft(app)
    if draft.revision != revision:
        by = (str(draft.updated_by.id), draft.updated_by.name) if draft.updated_by is not None else None
        raise DraftConflict(draft.revision, draft.document, by=by, at=draft.updated_at)
    return replace_draft(actor, app, draft, document)


def replace_draft(actor: Actor, app: App, draft: Draft, document: dict[str, Any]) -> Draft:
    """Store `document` as the next revision. The caller holds the draft's lock."""
    draft.document = {**document, "app": {**_facts(document), "mode": app.mode}}
    draft.revision += 1
    draft.updated_by = actor.user
    draft.save(update_fields=["document", "revision", "updated_by", "updated_at"])
    App.objects.filter(id=app.id).update(updated_at=timezone.now())
    return draft


def faults_of(actor: Actor, document: Any) -> list[Fault]:
    """Every fault that a document has for the actor, whatever it is; errors first."""
    try:
        faults = check(document, library_for(actor.workspace_id))
    except DefinitionError as error:
        faults = error.faults
    return sorted([*faults, *faults_in(actor, document)], key=lambda fault: fault.severity)


def _facts(document: dict[str, Any]) -> dict[str, Any]:
    facts = document.get("app")
    return facts if isinstance(facts, dict) else {}
