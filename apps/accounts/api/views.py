"""Session, first set-up, profile and workspace. Translates HTTP; decides nothing."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login, logout
from django.middleware.csrf import get_token
from rest_framework.parsers import JSONParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services
from apps.accounts.api.serializers import LoginIn, ProfileIn, SetupIn, WorkspaceIn, session_out


class SessionView(APIView):
    # JSON only: a form on another site cannot send it, so signing in needs no CSRF token.
    parser_classes = [JSONParser]

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self.request.method in ("GET", "POST") else list(super().get_permissions())

    def get_authenticators(self) -> list[Any]:
        return [] if self.request is not None and self.request.method == "POST" else super().get_authenticators()

    def get(self, request: Request) -> Response:
        get_token(request._request)
        return Response(session_out(services.actor_of(request)))

    def post(self, request: Request) -> Response:
        data = _valid(LoginIn, request)
        user = services.sign_in(email=data["email"], password=data["password"], address=_address(request))
        login(request._request, user, backend="django.contrib.auth.backends.ModelBackend")
        return Response(session_out(services.actor_for_user(user)))

    def patch(self, request: Request) -> Response:
        actor = services.actor_of(request)
        assert actor.user is not None  # a session has a person
        services.update_profile(actor.user, **_valid(ProfileIn, request))
        return Response(session_out(actor))

    def delete(self, request: Request) -> Response:
        logout(request._request)
        return Response(status=204)


class SetupView(APIView):
    parser_classes = [JSONParser]
    authentication_classes = []
    permission_classes = [AllowAny]

    def get(self, request: Request) -> Response:
        return Response({"needed": services.setup_needed()})

    def post(self, request: Request) -> Response:
        user = services.complete_setup(**_valid(SetupIn, request))
        login(request._request, user, backend="django.contrib.auth.backends.ModelBackend")
        return Response(session_out(services.actor_for_user(user)), status=201)


class WorkspaceView(APIView):
    def get(self, request: Request) -> Response:
        return Response(session_out(services.actor_of(request))["workspace"])

    def patch(self, request: Request) -> Response:
        workspace = services.rename_workspace(services.actor_of(request), _valid(WorkspaceIn, request)["name"])
        return Response({"id": str(workspace.id), "name": workspace.name})


def _valid(serializer: Any, request: Request) -> dict[str, Any]:
    checked = serializer(data=request.data)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def _address(request: Request) -> str:
    return str(request.META.get("REMOTE_ADDR") or "unknown")
