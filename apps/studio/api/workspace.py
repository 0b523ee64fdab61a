"""What apps may use up, and which of them others may run. Translates; decides nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import actor_of
from apps.studio import budgets, selectors
from apps.studio.api.apps import valid
from apps.studio.api.serializers import LimitsIn
from apps.studio.models import App


class AppLimitsView(APIView):
    @extend_schema(operation_id="get_app_limits", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, app_id: UUID) -> Response:
        return Response(_limits(selectors.get_app(actor_of(request).workspace_id, app_id)))

    @extend_schema(operation_id="set_app_limits", request=LimitsIn, responses=OpenApiTypes.OBJECT)
    def put(self, request: Request, app_id: UUID) -> Response:
        actor = actor_of(request)
        app = selectors.get_app(actor.workspace_id, app_id)
        budgets.set_app_limits(actor, app, valid(LimitsIn, request.data))
        return Response(_limits(app))


class WorkspaceLimitsView(APIView):
    @extend_schema(operation_id="get_workspace_limits", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        return Response(budgets.shown(actor_of(request).workspace.run_limits))

    @extend_schema(operation_id="set_workspace_limits", request=LimitsIn, responses=OpenApiTypes.OBJECT)
    def put(self, request: Request) -> Response:
        workspace = budgets.set_workspace_limits(actor_of(request), valid(LimitsIn, request.data))
        return Response(budgets.shown(workspace.run_limits))


class WorkflowToolsView(APIView):
    @extend_schema(operation_id="list_workflow_tools", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        apps = selectors.callable_apps(actor_of(request).workspace_id)
        return Response({"items": [_callable(app, numbers) for app, numbers in apps], "next": None})


def _limits(app: App) -> dict[str, Any]:
    return {**budgets.shown(app.limits), "workspace": budgets.shown(app.workspace.run_limits)}


def _callable(app: App, numbers: list[int]) -> dict[str, Any]:
    assert app.live_version is not None
    return {
        "app_id": str(app.id),
        "name": app.name,
        "description": app.description,
        "icon": app.icon,
        "mode": app.mode,
        "version": app.live_version.number,
        "versions": numbers,
        "inputs": selectors.inputs_of(app.live_version.document),
        "outputs": selectors.outputs_of(app.live_version.document),
    }
