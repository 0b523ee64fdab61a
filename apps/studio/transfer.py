"""Apps as text: out as Weft YAML, in from Weft or Dify YAML.

Knows which text is fit to become an app; the formats are `workflows.dsl`'s business.
"""

from __future__ import annotations

from django.db import transaction

from apps.accounts.models import Role
from apps.accounts.services import Actor, require
from apps.studio.errors import ImportRefused
from apps.studio.models import App
from apps.studio.publication import published_form
from apps.studio.services import new_app
from workflows import DefinitionError, dump, load

LIMIT_CHARS = 5_000_000


def export_app(app: App) -> str:
    """The draft as Weft YAML. Keys of providers and datasets' contents are not part of it."""
    return dump(load(published_form(app, app.draft.document)))


@transaction.atomic
def import_app(actor: Actor, text: str) -> App:
    """A new app from a file.

    What does not run yet is marked in the editor; what cannot be read is refused with its faults.
    """
    require(actor, Role.EDITOR)
    if len(text) > LIMIT_CHARS:
        raise ImportRefused(f"The file has {len(text)} characters; at most {LIMIT_CHARS} can be read.")
    try:
        definition = load(text)
    except DefinitionError as error:
        raise ImportRefused(f"This file cannot be read: {error.message}", error.faults) from error
    name = definition.name.strip()[:120] or "Imported app"
    return new_app(actor, dict(definition.document), name=name)
