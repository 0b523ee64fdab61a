"""Apps as text: out as Weft or Dify YAML, in from either, with an account of what did not come along.

Knows which text is fit to become an app, and secrets; the formats are `workflows.dsl`'s business.
"""

from __future__ import annotations

from difflib import unified_diff
from typing import Any, NamedTuple

from django.db import transaction

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.studio.calls import library_for
from apps.studio.errors import ExportRefused, ImportRefused
from apps.studio.models import App, Version
from apps.studio.publication import published_form
from apps.studio.resources import faults_in
from apps.studio.selectors import without_secrets
from apps.studio.services import new_app
from workflows import Definition, DefinitionError, Fault, check, dump, load
from workflows.dsl import export_dify
from workflows.dsl.report import report

LIMIT_CHARS = 5_000_000
SUFFIXES = {"weft": "weft.yaml", "dify": "dify.yml"}


class Read(NamedTuple):
    """A file read. `faults` also tells what was left out of it, which the document no longer shows."""

    definition: Definition
    faults: list[Fault]
    report: dict[str, Any]


class Imported(NamedTuple):
    app: App
    read: Read


class Exported(NamedTuple):
    """A file of an app, and what its format could not say."""

    filename: str
    text: str
    faults: list[Fault]


def read_file(actor: Actor, text: str) -> Read:
    """What a file is, and what it needs that the actor's workspace lacks. Stores nothing.

    Unknown nodes, tools and plugins become placeholders. Only what is no workflow at all is refused: ImportRefused.
    """
    if len(text) > LIMIT_CHARS:
        raise ImportRefused(f"The file has {len(text)} characters; at most {LIMIT_CHARS} can be read.")
    try:
        definition = load(text)
    except DefinitionError as error:
        raise ImportRefused(f"This file cannot be read: {error.message}", error.faults) from error
    checked = check(definition, library_for(actor.workspace_id))
    faults = sorted([*checked, *faults_in(actor, definition.document)], key=lambda fault: fault.severity)
    told = {"format": definition.dialect, "loads": True, **report(definition, faults=checked)}
    return Read(definition, faults, told)


@transaction.atomic
def import_app(actor: Actor, text: str, *, name: str = "") -> Imported:
    """A new app from a file, and all that is not in order with it yet. Raises ImportRefused."""
    require(actor, Role.EDITOR)
    read = read_file(actor, text)
    called = (name or read.definition.name).strip()[:120] or "Imported app"
    return Imported(new_app(actor, dict(read.definition.document), name=called), read)


def export_app(
    actor: Actor, app: App, *, format: str = "weft", version: Version | None = None, with_secrets: bool = False
) -> Exported:
    """The draft, or a published version, as a file. Keys of providers and datasets' contents are never part of it.

    Values of secret variables are left out, unless an owner asks for them. Raises ExportRefused for a draft that cannot
    be read.
    """
    if with_secrets:
        require(actor, Role.OWNER)
        record(actor.workspace_id, actor.user, "app.export_secrets", app.name, app_id=str(app.id))
    document = version.document if version is not None else published_form(app, app.draft.document)
    definition = _definition(document if with_secrets else without_secrets(document))
    filename = f"{app.name}.{SUFFIXES[format]}"
    if format == "dify":
        text, faults = export_dify(definition)
        return Exported(filename, text, [*definition.faults, *faults])
    return Exported(filename, dump(definition), list(definition.faults))


def diff(before: dict[str, Any], after: dict[str, Any], *, names: tuple[str, str]) -> dict[str, Any]:
    """Two documents as canonical text, and what changed between them."""
    old, new = (dump(_definition(without_secrets(document))) for document in (before, after))
    lines = unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), *names)
    sides = {"from": {"label": names[0], "text": old}, "to": {"label": names[1], "text": new}}
    return {**sides, "diff": "".join(lines)}


def _definition(document: dict[str, Any]) -> Definition:
    try:
        return load(document)
    except DefinitionError as error:
        raise ExportRefused(error.message, error.faults) from error
