"""Apps as text: out as Weft YAML, in from Weft or Dify YAML.

Knows which text is fit to become an app; the formats are `workflows.dsl`'s business.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import transaction

from apps.accounts.models import Role
from apps.accounts.services import Actor, require
from apps.studio.errors import ImportRefused
from apps.studio.models import App
from apps.studio.publication import published_form
from apps.studio.resources import faults_in
from apps.studio.services import new_app
from workflows import DefinitionError, Fault, check, dump, load

LIMIT_CHARS = 5_000_000


class Imported(NamedTuple):
    """What became of a file. `faults` also tells what was left out of it, which the document no longer shows."""

    app: App
    faults: list[Fault]


def export_app(app: App) -> str:
    """The draft as Weft YAML. Keys of providers and datasets' contents are not part of it."""
    return dump(load(published_form(app, app.draft.document)))


@transaction.atomic
def import_app(actor: Actor, text: str) -> Imported:
    """A new app from a file, and all that is not in order with it yet.

    What cannot be read at all is refused with its faults.
    """
    require(actor, Role.EDITOR)
    if len(text) > LIMIT_CHARS:
        raise ImportRefused(f"The file has {len(text)} characters; at most {LIMIT_CHARS} can be read.")
    try:
        definition = load(text)
    except DefinitionError as error:
        raise ImportRefused(f"This file cannot be read: {error.message}", error.faults) from error
    name = definition.name.strip()[:120] or "Imported app"
    document = dict(definition.document)
    lacking = faults_in(actor.workspace_id, document)
    faults = sorted([*check(definition), *lacking], key=lambda fault: fault.severity)
    return Imported(new_app(actor, document, name=name), faults)
