"""Drafts and versions over HTTP. Translates; decides nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Role
from apps.accounts.services import Actor, actor_of
from apps.studio import publication, selectors, services
from apps.studio.api.apps import valid
from apps.studio.api.serializers import CheckIn, PublishIn, SaveDraftIn, draft_out, faults_out, version_out
from weft.http.pagination import paginate


class DraftView(APIView):
    @extend_schema(operation_id="get_draft", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, app_id: UUID) -> Response:
        actor = actor_of(request)
        app = selectors.get_app(actor.workspace_id, app_id)
        shown = draft_out(app.draft, services.faults_of(actor, app.draft.document))
        return Response({**shown, "document": _readable(actor, app.draft.document)})

    @extend_schema(operation_id="save_draft", request=SaveDraftIn, responses=OpenApiTypes.OBJECT)
    def put(self, request: Request, app_id: UUID) -> Response:
        actor = actor_of(request)
        app = selectors.get_app(actor.workspace_id, app_id)
        draft = services.save_draft(actor, app, **valid(SaveDraftIn, request.data))
        faults = faults_out(services.faults_of(actor, draft.document))
        return Response({"revision": draft.revision, "faults": faults, "updated_at": draft.updated_at.isoformat()})


class CheckView(APIView):
    @extend_schema(operation_id="check_document", request=CheckIn, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, app_id: UUID) -> Response:
        actor = actor_of(request)
        selectors.get_app(actor.workspace_id, app_id)
        document = valid(CheckIn, request.data)["document"]
        return Response({"faults": faults_out(services.faults_of(actor, document))})


class VersionsView(APIView):
    @extend_schema(operation_id="list_versions", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, app_id: UUID) -> Response:
        app = selectors.get_app(actor_of(request).workspace_id, app_id)
        page = paginate(selectors.versions_of(app), request.query_params, order=("-number",))
        return Response(page.render(lambda version: version_out(version, app.live_version_id)))

    @extend_schema(operation_id="publish_app", request=PublishIn, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, app_id: UUID) -> Response:
        actor = actor_of(request)
        app = selectors.get_app(actor.workspace_id, app_id)
        version = publication.publish(actor, app, note=valid(PublishIn, request.data)["note"])
        return Response(version_out(version, version.id), status=201)


class VersionView(APIView):
    @extend_schema(operation_id="get_version", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, app_id: UUID, number: int) -> Response:
        actor = actor_of(request)
        app = selectors.get_app(actor.workspace_id, app_id)
        version = selectors.get_version(app, number)
        shown = version_out(version, app.live_version_id)
        return Response({**shown, "document": _readable(actor, version.document)})


class VersionRestoreView(APIView):
    @extend_schema(operation_id="restore_version", request=None, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, app_id: UUID, number: int) -> Response:
        actor = actor_of(request)
        app = selectors.get_app(actor.workspace_id, app_id)
        draft = publication.restore(actor, app, selectors.get_version(app, number))
        return Response(draft_out(draft, services.faults_of(actor, draft.document)))


def _readable(actor: Actor, document: dict[str, Any]) -> dict[str, Any]:
    """The document as this member may read it: secret variables are for those who may change them."""
    return document if actor.may(Role.EDITOR) else selectors.without_secrets(document)
