"""Runs over HTTP. Translates; decides nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Role
from apps.accounts.services import actor_of, require
from apps.runs import editor, files, selectors, services
from apps.runs.api.serializers import RunFilterIn, StartRunIn, file_out, run_out
from apps.studio.selectors import get_app
from weft.http.errors import invalid
from weft.http.pagination import paginate


class AppRunsView(APIView):
    @extend_schema(operation_id="start_run", request=StartRunIn, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, app_id: UUID) -> Response:
        actor = actor_of(request)
        require(actor, Role.EDITOR)
        data = _valid(StartRunIn, request.data)
        run = editor.start_run(
            get_app(actor.workspace_id, app_id), end_user=str(actor.user.pk) if actor.user is not None else "", **data
        )
        return Response(run_out(run), status=202)

    @extend_schema(operation_id="list_runs", parameters=[RunFilterIn], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, app_id: UUID) -> Response:
        app = get_app(actor_of(request).workspace_id, app_id)
        status = _valid(RunFilterIn, request.query_params).get("status")
        page = paginate(selectors.runs_of(app.id, status=status), request.query_params)
        return Response(page.render(run_out))


class RunView(APIView):
    @extend_schema(operation_id="get_run", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, run_id: UUID) -> Response:
        run = selectors.get_run(actor_of(request).workspace_id, run_id)
        state = selectors.state_of(run)
        # the graph as it ran, which the draft may have left behind
        document = run.version.document if run.version is not None else run.document
        return Response({**run_out(run), "last_seq": state["last_seq"], "state": state, "document": document})


class RunLogView(APIView):
    @extend_schema(operation_id="get_run_log", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, run_id: UUID) -> Response:
        run = selectors.get_run(actor_of(request).workspace_id, run_id)
        return Response({"items": selectors.log_of(run), "next": None})


class RunStopView(APIView):
    @extend_schema(operation_id="stop_run", request=None, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, run_id: UUID) -> Response:
        actor = actor_of(request)
        require(actor, Role.EDITOR)
        run = selectors.get_run(actor.workspace_id, run_id)
        services.stop_run(run.id)
        return Response(run_out(selectors.get_run(actor.workspace_id, run_id)), status=202)


class FilesView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(operation_id="upload_file", request=OpenApiTypes.BINARY, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        actor = actor_of(request)
        require(actor, Role.EDITOR)
        upload = request.FILES.get("file")
        if upload is None:
            raise invalid("file", "Send one file in the form field `file`.")
        row = files.upload(actor.workspace_id, name=upload.name or "file", parts=upload.chunks)
        return Response(file_out(row), status=201)


def _valid(serializer: Any, data: Any) -> dict[str, Any]:
    checked = serializer(data=data)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)
