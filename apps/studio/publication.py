"""Publishing: a draft becomes an immutable version, and the live one.

Knows versions; knows nothing of what the outside does with them.
"""

from __future__ import annotations

import copy
from typing import Any

from django.db import transaction
from django.db.models import Max

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.studio import warming
from apps.studio.errors import GraphInvalid
from apps.studio.hooks import app_published
from apps.studio.locks import lock_draft
from apps.studio.models import App, Draft, Version
from apps.studio.plans import hash_of, plan_for
from apps.studio.resources import faults_in
from apps.studio.services import replace_draft
from workflows import DefinitionError


@transaction.atomic
def publish(actor: Actor, app: App, *, note: str = "") -> Version:
    """Make the draft as it stands the live version. Raises GraphInvalid and then has changed nothing."""
    require(actor, Role.EDITOR)
    draft = lock_draft(app)
    document = published_form(app, draft.document)
    _refuse_faults(actor, app, document)
    number = (Version.objects.filter(app=app).aggregate(last=Max("number"))["last"] or 0) + 1
    version = Version.objects.create(
        app=app, number=number, document=document, plan_hash=hash_of(document), note=note, author=actor.user
    )
    app.live_version = version
    app.save(update_fields=["live_version", "updated_at"])
    for hook in app_published:
        hook(app, version)
    warming.soon(app.id)
    record(actor.workspace_id, actor.user, "app.publish", app.name, app_id=str(app.id), number=number)
    return version


@transaction.atomic
def restore(actor: Actor, app: App, version: Version) -> Draft:
    """Make a version's document the draft again.

    Nothing is published, and the draft before it stays in its version, if any.
    """
    require(actor, Role.EDITOR)
    draft = lock_draft(app)
    record(actor.workspace_id, actor.user, "app.restore_version", app.name, app_id=str(app.id), number=version.number)
    return replace_draft(actor, app, draft, copy.deepcopy(version.document))


def _refuse_faults(actor: Actor, app: App, document: dict[str, Any]) -> None:
    """Raises GraphInvalid, with every fault, when one is an error. What passes is compiled, and kept, already."""
    lacking = faults_in(actor, document)
    try:
        plan = plan_for(document, workspace_id=app.workspace_id)
    except DefinitionError as error:
        raise GraphInvalid([*error.faults, *lacking]) from error
    if any(fault.severity == "error" for fault in lacking):
        raise GraphInvalid([*plan.warnings, *lacking])


def published_form(app: App, document: dict[str, Any]) -> dict[str, Any]:
    """The document with the app's name and description as they are now."""
    facts = {
        **document.get("app", {}),
        "name": app.name,
        "description": app.description,
        "icon": app.icon,
        "mode": app.mode,
    }
    return {**copy.deepcopy(document), "app": facts}
