"""Apps over HTTP: list, make, change, delete, bring back, copy. Translates; decides nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import actor_of
from apps.studio import selectors, services
from apps.studio.api.serializers import (
    CreateAppIn,
    DuplicateAppIn,
    UpdateAppIn,
    app_out,
    template_out,
)
from apps.studio.models import App
from apps.studio.starters import STARTERS
from weft.http.pagination import paginate
from workflows.registry import describe_kinds
from workflows.tools.registry import describe_tools


class AppsView(APIView):
    @extend_schema(operation_id="list_apps", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        rows = selectors.apps_of(actor_of(request).workspace_id, query=request.query_params.get("q", ""))
        page = paginate(rows, request.query_params, order=("-updated_at", "-id"), default_limit=200)
        facts = selectors.facts_of(page.items)
        return Response(page.render(lambda app: app_out(app, facts[app.id])))

    @extend_schema(operation_id="create_app", request=CreateAppIn, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        data = valid(CreateAppIn, request.data)
        template = data.get("template") or f"blank-{data.get('mode', 'chat')}"
        app = services.create_app(
            actor_of(request),
            name=data["name"],
            template=template,
            icon=data["icon"],
            dataset_id=data.get("dataset_id"),
            description=data["description"],
        )
        return _one(app, status=201)


class AppView(APIView):
    @extend_schema(operation_id="get_app", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, app_id: UUID) -> Response:
        return _one(selectors.get_app(actor_of(request).workspace_id, app_id))

    @extend_schema(operation_id="update_app", request=UpdateAppIn, responses=OpenApiTypes.OBJECT)
    def patch(self, request: Request, app_id: UUID) -> Response:
        actor = actor_of(request)
        app = selectors.get_app(actor.workspace_id, app_id)
        return _one(services.update_app(actor, app, **valid(UpdateAppIn, request.data)))

    @extend_schema(operation_id="delete_app", responses={204: None})
    def delete(self, request: Request, app_id: UUID) -> Response:
        actor = actor_of(request)
        services.delete_app(actor, selectors.get_app(actor.workspace_id, app_id))
        return Response(status=204)


class AppRestoreView(APIView):
    @extend_schema(operation_id="restore_app", request=None, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, app_id: UUID) -> Response:
        actor = actor_of(request)
        services.restore_app(actor, app_id)
        return _one(selectors.get_app(actor.workspace_id, app_id))


class AppDuplicateView(APIView):
    @extend_schema(operation_id="duplicate_app", request=DuplicateAppIn, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, app_id: UUID) -> Response:
        actor = actor_of(request)
        app = selectors.get_app(actor.workspace_id, app_id)
        name = valid(DuplicateAppIn, request.data).get("name") or f"{app.name} 2"[:120]
        return _one(services.duplicate_app(actor, app, name=name), status=201)


class TemplatesView(APIView):
    @extend_schema(operation_id="list_templates", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        return Response({"items": [template_out(starter) for starter in STARTERS], "next": None})


class NodeKindsView(APIView):
    @extend_schema(operation_id="list_node_kinds", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        return Response({"items": describe_kinds(), "next": None})


class ToolsView(APIView):
    @extend_schema(operation_id="list_tools", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        return Response({"items": describe_tools(), "next": None})


def valid(serializer: Any, data: Any) -> dict[str, Any]:
    checked = serializer(data=data)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def _one(app: App, *, status: int = 200) -> Response:
    return Response(shown(app), status=status)


def shown(app: App) -> dict[str, Any]:
    return app_out(app, selectors.facts_of([app])[app.id])
