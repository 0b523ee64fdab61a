"""Connectors: making, changing and deleting them, and asking for a look. What a look does is in `connectors/`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.knowledge import connectors
from apps.knowledge.dispatch import send
from apps.knowledge.models import Connector
from apps.knowledge.selectors import connector_by_id
from apps.knowledge.services.documents import delete_row, lock_files, own_dataset
from weft.http.errors import invalid

MIN_EVERY_S = 300


def create_connector(
    actor: Actor,
    dataset_id: UUID,
    *,
    kind: str,
    name: str,
    settings: Mapping[str, Any],
    every_s: int | None = None,
) -> Connector:
    """It looks at once, and then every `every_s` seconds; without that only when it is asked to."""
    _require(actor, kind)
    dataset = own_dataset(actor, dataset_id)
    stored = connectors.checked_settings(kind, dict(settings), actor.workspace_id)
    with transaction.atomic():
        connector = Connector.objects.create(
            dataset=dataset,
            kind=kind,
            name=name,
            settings=stored,
            every_s=_checked_every(every_s),
            next_at=timezone.now(),
            created_by=actor.user,
        )
        record(actor.workspace_id, actor.user, "connector.create", name, dataset=str(dataset.id))
        transaction.on_commit(partial(_dispatch, connector))
    return connector


def update_connector(
    actor: Actor,
    connector_id: UUID,
    *,
    name: str | None = None,
    settings: Mapping[str, Any] | None = None,
    is_enabled: bool | None = None,
    **every: int | None,
) -> Connector:
    """Change what is given; `every_s=None` ends the schedule. Documents that other settings do not name go with the
    next look."""
    connector = connector_by_id(actor, connector_id)
    _require(actor, connector.kind)
    if settings is not None:
        connector.settings = connectors.checked_settings(connector.kind, dict(settings), actor.workspace_id)
    connector.name = connector.name if name is None else name
    connector.is_enabled = connector.is_enabled if is_enabled is None else is_enabled
    if "every_s" in every:
        connector.every_s = _checked_every(every["every_s"])
    connector.next_at = timezone.now() if connector.is_enabled and connector.every_s is not None else None
    names = ["name", "settings", "is_enabled", "every_s", "next_at", "updated_at"]
    with transaction.atomic():
        connector.save(update_fields=names)
        record(actor.workspace_id, actor.user, "connector.update", connector.name)
    return connector


@transaction.atomic
def delete_connector(actor: Actor, connector_id: UUID, *, with_documents: bool = False) -> None:
    """Its documents stay as they are, unless they are to go as well."""
    connector = connector_by_id(actor, connector_id)
    _require(actor, connector.kind)
    if with_documents:
        documents = list(connector.documents.select_for_update().order_by("id"))
        lock_files(documents)
        for document in documents:
            delete_row(document)
    record(actor.workspace_id, actor.user, "connector.delete", connector.name)
    connector.delete()


@transaction.atomic
def look_now(actor: Actor, connector_id: UUID) -> Connector:
    require(actor, Role.EDITOR)
    connector = connector_by_id(actor, connector_id)
    connector.next_at = timezone.now()
    connector.save(update_fields=["next_at", "updated_at"])
    transaction.on_commit(partial(_dispatch, connector))
    return connector


def _require(actor: Actor, kind: str) -> None:
    """What lies on the machine is the admins' to give."""
    require(actor, Role.ADMIN if kind == "folder" else Role.EDITOR)


def _checked_every(every_s: int | None) -> int | None:
    if every_s is not None and every_s < MIN_EVERY_S:
        message = f"A connector looks at most every {MIN_EVERY_S} seconds."
        raise invalid("every_s", message, "connector_too_often", seconds=MIN_EVERY_S)
    return every_s


def _dispatch(connector: Connector) -> None:
    send("look", str(connector.id))
