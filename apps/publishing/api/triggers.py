"""The console's list of an app's triggers: their addresses, next times and last firings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services as accounts
from apps.accounts.models import Role
from apps.publishing.models import Firing, Trigger, TriggerKind
from apps.publishing.triggers import roots
from apps.studio import selectors as studio
from apps.studio.models import App
from weft.http.pagination import paginate
from workflows.schedule import check_schedule


class TriggerIn(serializers.Serializer[Any]):
    enabled = serializers.BooleanField(required=False)
    renew_token = serializers.BooleanField(required=False)


class AppTriggers(APIView):
    @extend_schema(operation_id="list_app_triggers", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, app_id: UUID) -> Response:
        actor = accounts.actor_of(request)
        app = studio.get_app(actor.workspace_id, app_id)
        titles = _titles(app)
        found = roots.triggers_of(app)
        last = _last_firings([trigger for trigger, _ in found])
        rows = [trigger_out(trigger, config, titles, last.get(trigger.id)) for trigger, config in found]
        if not actor.may(Role.EDITOR):
            # whoever has an address may start runs
            rows = [{**row, "url": None, "test_url": None} for row in rows]
        return Response({"items": rows, "next": None})


class AppTrigger(APIView):
    @extend_schema(operation_id="update_app_trigger", request=TriggerIn, responses=OpenApiTypes.OBJECT)
    def patch(self, request: Request, app_id: UUID, trigger_id: UUID) -> Response:
        actor = accounts.actor_of(request)
        app = studio.get_app(actor.workspace_id, app_id)
        trigger = roots.get_trigger(app, trigger_id)
        changes = TriggerIn(data=request.data)
        changes.is_valid(raise_exception=True)
        roots.update_trigger(actor, trigger, **changes.validated_data)
        last = _last_firings([trigger]).get(trigger.id)
        return Response(trigger_out(trigger, roots.config_of(app, trigger), _titles(app), last))


class TriggerFirings(APIView):
    @extend_schema(operation_id="list_trigger_firings", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, app_id: UUID, trigger_id: UUID) -> Response:
        actor = accounts.actor_of(request)
        trigger = roots.get_trigger(studio.get_app(actor.workspace_id, app_id), trigger_id)
        page = paginate(trigger.firings.all(), request.query_params)
        return Response(page.render(firing_out))


def _titles(app: App) -> dict[str, str]:
    """What the nodes of the draft are called."""
    return {node["id"]: node.get("title") or node["id"] for node in app.draft.document.get("nodes") or []}


def trigger_out(
    trigger: Trigger, config: dict[str, Any] | None, titles: dict[str, str], last: Firing | None
) -> dict[str, Any]:
    config = config or {}
    is_webhook = trigger.kind == TriggerKind.WEBHOOK
    return {
        "id": str(trigger.id),
        "node_id": trigger.node_id,
        "kind": trigger.kind,
        "title": titles.get(trigger.node_id, trigger.node_id),
        "enabled": trigger.enabled,
        "live": trigger.config is not None,
        "in_draft": trigger.node_id in titles,
        "url": roots.url_of(trigger) if is_webhook else None,
        "test_url": roots.test_url_of(trigger) if is_webhook else None,
        "method": (config.get("method") or "POST") if is_webhook else None,
        **({"cron": None, "timezone": None, "next_times": [], "problem": None} if is_webhook else _schedule(config)),
        "next_at": trigger.next_at.isoformat() if trigger.next_at else None,
        "last_firing": firing_out(last) if last else None,
    }


def firing_out(firing: Firing) -> dict[str, Any]:
    return {
        "id": str(firing.id),
        "at": firing.created_at.isoformat(),
        "scheduled_at": firing.scheduled_at.isoformat() if firing.scheduled_at else None,
        "run_id": str(firing.run_id) if firing.run_id else None,
        "status": firing.status,
        "error": firing.error,
    }


def _schedule(config: dict[str, Any]) -> dict[str, Any]:
    cron, timezone = config.get("cron") or "0 9 * * *", config.get("timezone") or "UTC"
    fault = next(iter(check_schedule(cron, timezone)), None)
    return {
        "cron": cron,
        "timezone": timezone,
        "next_times": [time.isoformat() for time in roots.coming_times(config)],
        "problem": {"code": fault.code, "message": fault.message} if fault else None,
    }


def _last_firings(triggers: list[Trigger]) -> dict[UUID, Firing]:
    rows = Firing.objects.filter(trigger__in=triggers).order_by("trigger_id", "-created_at").distinct("trigger_id")
    return {row.trigger_id: row for row in rows}
