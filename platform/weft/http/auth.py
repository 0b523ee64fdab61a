"""DRF's door for the console: Django's session and its CSRF token.

Knows the session's user; knows nothing of workspaces and roles (`apps.accounts.services` does).
"""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import SessionAuthentication as DrfSessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from weft.http.errors import csrf_error


class SessionAuthentication(DrfSessionAuthentication):
    """Refuses with 401 (not DRF's 403) where nobody is signed in, and with `csrf_failed` where the token is wrong."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"

    def enforce_csrf(self, request: Any) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as exc:
            raise csrf_error(str(exc.detail).removeprefix("CSRF Failed: ")) from exc
