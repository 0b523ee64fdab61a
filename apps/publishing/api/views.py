"""The console's access page: an app's keys and public page, the workspace's dataset keys."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services as accounts
from apps.accounts.models import ApiKey, Role
from apps.accounts.services import Actor
from apps.publishing import sites
from apps.publishing.api.serializers import KeyOut, NewKeyOut, SiteIn, SiteOut
from apps.studio import selectors as studio
from apps.studio.models import App


def _editor(request: Request) -> Actor:
    actor = accounts.actor_of(request)
    accounts.require(actor, Role.EDITOR)
    return actor


def _app(actor: Actor, app_id: UUID) -> App:
    return studio.get_app(actor.workspace_id, app_id)


def _keys(rows: Any) -> Response:
    return Response({"items": KeyOut(rows.order_by("created_at"), many=True).data, "next": None})


def _issued(issued: Any) -> Response:
    row: ApiKey = issued.row
    data = {"key": issued.text, **KeyOut(row).data}
    return Response(data, status=201)


class AppKeys(APIView):
    @extend_schema(operation_id="list_app_keys", responses=KeyOut(many=True))
    def get(self, request: Request, app_id: UUID) -> Response:
        actor = _editor(request)
        return _keys(accounts.keys_of_app(actor.workspace_id, _app(actor, app_id).pk))

    @extend_schema(operation_id="create_app_key", request=None, responses={201: NewKeyOut})
    def post(self, request: Request, app_id: UUID) -> Response:
        actor = _editor(request)
        return _issued(accounts.issue_key(actor, app_id=_app(actor, app_id).pk))


class AppKey(APIView):
    @extend_schema(operation_id="delete_app_key", responses={204: None})
    def delete(self, request: Request, app_id: UUID, key_id: UUID) -> Response:
        actor = _editor(request)
        accounts.revoke_key(actor, key_id, app_id=_app(actor, app_id).pk)
        return Response(status=204)


class DatasetKeys(APIView):
    @extend_schema(operation_id="list_dataset_keys", responses=KeyOut(many=True))
    def get(self, request: Request) -> Response:
        return _keys(accounts.keys_of_datasets(_editor(request).workspace_id))

    @extend_schema(operation_id="create_dataset_key", request=None, responses={201: NewKeyOut})
    def post(self, request: Request) -> Response:
        return _issued(accounts.issue_key(_editor(request)))


class DatasetKey(APIView):
    @extend_schema(operation_id="delete_dataset_key", responses={204: None})
    def delete(self, request: Request, key_id: UUID) -> Response:
        accounts.revoke_key(_editor(request), key_id)
        return Response(status=204)


class AppSite(APIView):
    @extend_schema(operation_id="get_app_site", responses=SiteOut)
    def get(self, request: Request, app_id: UUID) -> Response:
        actor = accounts.actor_of(request)
        return Response(SiteOut(sites.site_of(_app(actor, app_id))).data)

    @extend_schema(operation_id="update_app_site", request=SiteIn, responses=SiteOut)
    def patch(self, request: Request, app_id: UUID) -> Response:
        actor = _editor(request)
        changes = SiteIn(data=request.data)
        changes.is_valid(raise_exception=True)
        return Response(SiteOut(sites.update_site(_app(actor, app_id), changes.validated_data)).data)
