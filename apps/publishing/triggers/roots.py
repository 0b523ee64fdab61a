"""The triggers of an app, kept in step with its graph.

Knows rows and documents; knows nothing of requests and of the clock's ticking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.publishing.errors import NotFound
from apps.publishing.models import Trigger, TriggerKind, new_token
from apps.studio.models import App, Version
from workflows.schedule import next_times

KINDS = {"trigger-webhook": TriggerKind.WEBHOOK, "trigger-schedule": TriggerKind.SCHEDULE}
N_TIMES = 5


def follow_publication(app: App, version: Version) -> None:
    """Part of publishing: every trigger of the version is live, every other one is not."""
    live = dict(_roots(version.document))
    for node_id, (kind, config) in live.items():
        trigger = _row(app, node_id, kind)
        if trigger.config != config or trigger.kind != kind:
            trigger.kind, trigger.config = kind, config
            trigger.next_at = next_time(trigger)
            trigger.save(update_fields=["kind", "config", "next_at", "updated_at"])
    gone = Trigger.objects.filter(app=app).exclude(node_id__in=live)
    gone.update(config=None, next_at=None, updated_at=timezone.now())


def triggers_of(app: App) -> list[tuple[Trigger, dict[str, Any]]]:
    """The triggers in the draft or in the live version, each with its draft's configuration (else the live one)."""
    draft = dict(_roots(app.draft.document))
    for node_id, (kind, _) in draft.items():
        _row(app, node_id, kind)
    rows = Trigger.objects.filter(app=app).order_by("created_at", "id")
    found = [(row, draft.get(row.node_id)) for row in rows]
    return [(row, drafted[1] if drafted else row.config) for row, drafted in found if drafted or row.config is not None]


def get_trigger(app: App, trigger_id: UUID) -> Trigger:
    trigger = Trigger.objects.filter(app=app, id=trigger_id).first()
    if trigger is None:
        raise NotFound("This trigger")
    return trigger


@transaction.atomic
def update_trigger(actor: Actor, trigger: Trigger, *, enabled: bool | None = None, renew_token: bool = False) -> None:
    """Switch it on or off, or give it new addresses, which ends the old ones.

    A schedule that is switched on begins with its next time: what it missed while it was off does not count.
    """
    require(actor, Role.EDITOR)
    if renew_token:
        trigger.token, trigger.test_token = new_token(), new_token()
    if enabled is not None and enabled != trigger.enabled:
        trigger.enabled = enabled
        trigger.next_at = next_time(trigger)
    trigger.save(update_fields=["enabled", "token", "test_token", "next_at", "updated_at"])
    record(actor.workspace_id, actor.user, "trigger.update", trigger.node_id, enabled=trigger.enabled)


def next_time(trigger: Trigger, *, after: datetime | None = None) -> datetime | None:
    """When a live schedule fires next; None for everything else."""
    if trigger.kind != TriggerKind.SCHEDULE or trigger.config is None or not trigger.enabled:
        return None
    return next(iter(coming_times(trigger.config, after=after, count=1)), None)


def coming_times(config: Mapping[str, Any], *, after: datetime | None = None, count: int = N_TIMES) -> list[datetime]:
    """The next times of a schedule; none for one that nobody could read."""
    cron, zone = config.get("cron") or "0 9 * * *", config.get("timezone") or "UTC"
    try:
        return next_times(cron, zone, after=after or timezone.now(), count=count)
    except ValueError:
        return []


def url_of(trigger: Trigger) -> str:
    return f"{settings.BASE_URL}/triggers/{trigger.token}"


def test_url_of(trigger: Trigger) -> str:
    return f"{settings.BASE_URL}/triggers/test/{trigger.test_token}"


def config_of(app: App, trigger: Trigger) -> dict[str, Any] | None:
    """The trigger as the draft has it, else as the live version has it."""
    drafted = root_config(app.draft.document, trigger.node_id)
    return trigger.config if drafted is None else drafted


def root_config(document: Mapping[str, Any], node_id: str) -> dict[str, Any] | None:
    """The configuration of a trigger in a graph."""
    return next((config for root, (_, config) in _roots(document) if root == node_id), None)


def _row(app: App, node_id: str, kind: TriggerKind) -> Trigger:
    return Trigger.objects.get_or_create(app=app, node_id=node_id, defaults={"kind": kind})[0]


def _roots(document: Mapping[str, Any]) -> Iterator[tuple[str, tuple[TriggerKind, dict[str, Any]]]]:
    for node in document.get("nodes") or []:
        if isinstance(node, dict) and node.get("kind") in KINDS and isinstance(node.get("id"), str):
            yield node["id"], (KINDS[node["kind"]], node.get("config") or {})
