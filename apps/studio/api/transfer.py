"""Apps as files over HTTP, and what changed between two of their versions. Translates; decides nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Role
from apps.accounts.services import actor_of, require
from apps.studio import selectors, transfer
from apps.studio.api.apps import shown, valid
from apps.studio.api.serializers import DiffIn, ExportIn, ImportIn, faults_out
from apps.studio.models import App
from apps.studio.publication import published_form
from weft.http.errors import invalid


class AppImportView(APIView):
    @extend_schema(operation_id="import_app", request=ImportIn, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        app, read = transfer.import_app(actor_of(request), _text(request), name=_valid_import(request)["name"])
        told = {"report": read.report, "faults": faults_out(read.faults)}
        return Response({"app": shown(app), **told}, status=201)


class AppImportPreviewView(APIView):
    @extend_schema(operation_id="preview_import", request=ImportIn, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request) -> Response:
        actor = actor_of(request)
        require(actor, Role.EDITOR)
        read = transfer.read_file(actor, _text(request))
        return Response({"report": read.report, "faults": faults_out(read.faults)})


class AppExportView(APIView):
    @extend_schema(
        operation_id="export_app", parameters=[ExportIn], responses={(200, "application/yaml"): OpenApiTypes.STR}
    )
    def get(self, request: Request, app_id: UUID) -> HttpResponse:
        actor = actor_of(request)
        app = selectors.get_app(actor.workspace_id, app_id)
        asked = valid(ExportIn, request.query_params)
        version = selectors.get_version(app, asked["version"]) if asked.get("version") else None
        exported = transfer.export_app(
            actor, app, format=asked["format"], version=version, with_secrets=asked["secrets"]
        )
        issues = faults_out(exported.faults)
        if asked.get("envelope") == "json":
            return Response({"filename": exported.filename, "text": exported.text, "issues": issues})
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(exported.filename, safe='')}",
            "X-Weft-Export-Issues": str(len(issues)),
        }
        return HttpResponse(exported.text, content_type="application/yaml; charset=utf-8", headers=headers)


class VersionDiffView(APIView):
    @extend_schema(operation_id="diff_version", parameters=[DiffIn], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, app_id: UUID, number: int) -> Response:
        app = selectors.get_app(actor_of(request).workspace_id, app_id)
        against = valid(DiffIn, request.query_params)["against"]
        before = selectors.get_version(app, number).document
        return Response(transfer.diff(before, _other(app, against), names=(str(number), against)))


def _other(app: App, against: str) -> dict[str, Any]:
    if against == "draft":
        return published_form(app, app.draft.document)
    if not against.isdecimal():
        raise invalid("against", f"against must be `draft` or the number of a version, not {against!r}.")
    other: dict[str, Any] = selectors.get_version(app, int(against)).document
    return other


def _valid_import(request: Request) -> dict[str, Any]:
    given = request.data if isinstance(request.data, dict) else {}
    return valid(ImportIn, {"text": "", "name": given.get("name") or ""})


def _text(request: Request) -> str:
    """The file itself (form field `file`), or its text."""
    upload = request.FILES.get("file")
    if upload is None:
        return str(valid(ImportIn, request.data)["text"])
    if upload.size is not None and upload.size > 4 * transfer.LIMIT_CHARS:
        raise invalid("file", "The file is too large for a workflow.")
    try:
        return str(upload.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise invalid("file", "The file is not UTF-8 text.") from error
