"""Runs over HTTP. Translates; decides nothing."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Role
from apps.accounts.services import Actor, actor_of, require
from apps.runs import blobs, editor, files, forms, privacy, records, selectors, services, signals, single
from apps.runs.api.serializers import (
    LogIn,
    RunFilterIn,
    RunNodeIn,
    SignalIn,
    StartRunIn,
    SubmitFormIn,
    file_out,
    run_out,
    wait_out,
)
from apps.runs.errors import not_found
from apps.runs.models import Run, UploadedFile
from apps.studio.selectors import get_app
from weft.http import storage
from weft.http.errors import invalid
from weft.http.pagination import paginate


class AppRunsView(APIView):
    @extend_schema(operation_id="start_run", request=StartRunIn, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, app_id: UUID) -> Response:
        actor = actor_of(request)
        require(actor, Role.EDITOR)
        data = _valid(StartRunIn, request.data)
        run = editor.start_run(actor, get_app(actor.workspace_id, app_id), **data)
        return Response(run_out(run), status=202)

    @extend_schema(operation_id="list_runs", parameters=[RunFilterIn], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, app_id: UUID) -> Response:
        actor = actor_of(request)
        app = get_app(actor.workspace_id, app_id)
        asked = _valid(RunFilterIn, request.query_params)
        rows = selectors.runs_of(app.id, status=asked.get("status"), source=asked.get("source"))
        page = paginate(rows, request.query_params)
        hidden = privacy.hidden_from(actor, page.items)
        return Response(page.render(lambda run: run_out(run, hidden=run.id in hidden)))


class NodeRunView(APIView):
    @extend_schema(operation_id="run_node", request=RunNodeIn, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, app_id: UUID, node_id: str) -> Response:
        actor = actor_of(request)
        require(actor, Role.EDITOR)
        inputs = _valid(RunNodeIn, request.data)["inputs"]
        run = single.run_node(actor, get_app(actor.workspace_id, app_id), node_id, inputs)
        return Response({**run_out(run), "node_id": node_id}, status=202)


class NodeInputsView(APIView):
    @extend_schema(operation_id="get_node_inputs", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, app_id: UUID, node_id: str) -> Response:
        actor = actor_of(request)
        found = single.reads_of(actor, get_app(actor.workspace_id, app_id), node_id)
        items = [{"selector": read.selector, "value": read.value, "known": read.known} for read in found.reads]
        return Response({"items": items, "run_id": str(found.run_id) if found.run_id else None})


class RunView(APIView):
    @extend_schema(operation_id="get_run", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, run_id: UUID) -> Response:
        actor = actor_of(request)
        run = selectors.get_run(actor.workspace_id, run_id)
        hidden = privacy.is_hidden_from(actor, run)
        state = selectors.state_of(run, partial(privacy.withheld, run) if hidden else None)
        # the graph as it ran, which the draft may have left behind
        document = records.definition_of(run)
        waits = [wait_out(each, answerable=actor.may(Role.EDITOR), hidden=hidden) for each in selectors.open_waits(run)]
        facts = {"last_seq": state["last_seq"], "state": state, "document": document, "waits": waits}
        return Response({**run_out(run, hidden=hidden), **facts})


class RunLogView(APIView):
    @extend_schema(operation_id="get_run_log", parameters=[LogIn], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, run_id: UUID) -> HttpResponse:
        actor = actor_of(request)
        run = selectors.get_run(actor.workspace_id, run_id)
        hidden = privacy.is_hidden_from(actor, run)
        if _valid(LogIn, request.query_params)["format"] == "json":
            log = selectors.log_of(run)
            return Response({"items": [privacy.withheld(run, each) for each in log] if hidden else log, "next": None})
        name = f'attachment; filename="run-{run.id}.jsonl"'
        body = b"".join(records.lines(run, partial(privacy.withheld, run) if hidden else None))
        return HttpResponse(body, content_type="application/x-ndjson", headers={"Content-Disposition": name})


class RunFormsView(APIView):
    @extend_schema(operation_id="list_run_forms", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, run_id: UUID) -> Response:
        actor = actor_of(request)
        run = selectors.get_run(actor.workspace_id, run_id)
        # a version shows its forms to whom it likes
        own = not privacy.is_told(run) and privacy.is_hidden_from(actor, run)
        items = [] if own else forms.forms_of(run, answerable=actor.may(Role.EDITOR))
        return Response({"items": items, "next": None})


class RunFormView(APIView):
    @extend_schema(operation_id="submit_run_form", request=SubmitFormIn, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, run_id: UUID, key: str) -> Response:
        actor = actor_of(request)
        require(actor, Role.EDITOR)
        wait = forms.form_by_key(selectors.get_run(actor.workspace_id, run_id), key)
        forms.submit(wait, **_valid(SubmitFormIn, request.data), by=_name(actor), uploader=None)
        return _accepted(actor, run_id)


class RunSignalsView(APIView):
    @extend_schema(operation_id="signal_run", request=SignalIn, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, run_id: UUID) -> Response:
        actor = actor_of(request)
        require(actor, Role.EDITOR)
        run = selectors.get_run(actor.workspace_id, run_id)
        signals.send_event(run.id, **_valid(SignalIn, request.data), by=_name(actor))
        return _accepted(actor, run_id)


class RunBlobView(APIView):
    @extend_schema(operation_id="get_run_value", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, run_id: UUID, blob_id: str) -> HttpResponse:
        return HttpResponse(blobs.get(_whole(request, run_id).id, blob_id), content_type="application/json")


class RunFileView(APIView):
    @extend_schema(operation_id="get_run_file", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, run_id: UUID, file_id: UUID) -> FileResponse:
        return file_response(files.file_of(_whole(request, run_id), file_id))


class RunStopView(APIView):
    @extend_schema(operation_id="stop_run", request=None, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, run_id: UUID) -> Response:
        actor = actor_of(request)
        require(actor, Role.EDITOR)
        run = selectors.get_run(actor.workspace_id, run_id)
        services.stop_run(run.id)
        return _accepted(actor, run_id)


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


def file_response(row: UploadedFile) -> FileResponse:
    """The bytes, to be saved: a file that somebody made is never shown as a page of ours."""
    opened = storage.locate(row.path).open("rb")
    return FileResponse(opened, as_attachment=True, filename=row.name, content_type=row.mime_type)


def _whole(request: Request, run_id: UUID) -> Run:
    """The run, for a value of it: 404 for members who may not read its values."""
    actor = actor_of(request)
    run = selectors.get_run(actor.workspace_id, run_id)
    if privacy.is_hidden_from(actor, run):
        raise not_found("value")
    return run


def _accepted(actor: Actor, run_id: UUID) -> Response:
    """The run as it is after something was done to it."""
    run = selectors.get_run(actor.workspace_id, run_id)
    return Response(run_out(run, hidden=privacy.is_hidden_from(actor, run)), status=202)


def _name(actor: Actor) -> str:
    return actor.user.email if actor.user is not None else ""


def _valid(serializer: Any, data: Any) -> dict[str, Any]:
    checked = serializer(data=data)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)
