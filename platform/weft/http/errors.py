"""What goes wrong, as clients see it: a stable code, a sentence, a status.

Knows HTTP and DRF's exceptions; knows no domain. Domains raise `WeftError` with a code of their own.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

logger = logging.getLogger(__name__)
UNSTORABLE = "A value is too long, out of range, or holds characters that cannot be stored (such as NUL)."


class WeftError(Exception):
    """A refusal or failure that a client may read. `message` names the thing, the place and the remedy."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        *,
        field: str | None = None,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.field = field
        self.details = details
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.field is not None:
            body["field"] = self.field
        if self.details is not None:
            body["details"] = dict(self.details)
        return body


def not_found(what: str) -> WeftError:
    """What is missing and what one may not see are the same answer."""
    return WeftError("not_found", f"There is no such {what}, or you have no access to it.", 404)


def invalid(field: str, message: str, code: str = "invalid", **details: Any) -> WeftError:
    """`details` are the names and numbers of the sentence, for other languages."""
    return WeftError(code, message, 422, field=field, details=details or None)


def error_response(error: WeftError) -> JsonResponse:
    """For plain Django views and middleware, which DRF's handler does not serve."""
    return JsonResponse(error.body(), status=error.status, headers=error.headers)


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook. What is not known here stays an error 500 with its traceback in the log."""
    error = as_weft_error(exception)
    if error is None:
        logger.error("Unhandled error in %s", type(context.get("view")).__name__, exc_info=exception)
        error = WeftError(
            "internal_error", "Something went wrong in Weft. The log of the web process has the cause.", 500
        )
    return Response(error.body(), status=error.status, headers=error.headers)


def as_weft_error(exception: Exception) -> WeftError | None:
    match exception:
        case WeftError():
            return exception
        case Http404():
            return not_found("thing")
        case SuspiciousOperation():
            return WeftError("bad_request", f"The request was refused: {exception}", 400)
        case PermissionDenied():
            return WeftError("forbidden", "You may not do this.", 403)
        case DataError() | UnicodeEncodeError():
            return WeftError("invalid", UNSTORABLE, 422)
        case exceptions.ValidationError():
            return _validation_error(exception)
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return WeftError("not_authenticated", "Sign in first.", 401, headers={"WWW-Authenticate": "Session"})
        case exceptions.APIException():
            return WeftError(str(exception.default_code), str(exception.detail), exception.status_code)
    return None


def csrf_failure(request: HttpRequest, reason: str = "") -> JsonResponse:
    return error_response(csrf_error(reason))


def csrf_error(reason: str) -> WeftError:
    return WeftError("csrf_failed", f"The request's CSRF token is missing or wrong; reload the page. ({reason})", 403)


def _validation_error(exception: exceptions.ValidationError) -> WeftError:
    detail = exception.detail
    if isinstance(detail, dict) and detail:
        field = str(next(iter(detail)))
        sentence = f"{field}: {_first(detail[field])}"
        return WeftError("invalid", sentence, 422, field=field, details={"fields": detail})
    return WeftError("invalid", _first(detail), 422)


def _first(detail: Any) -> str:
    while isinstance(detail, (list, dict)) and detail:
        detail = next(iter(detail.values())) if isinstance(detail, dict) else detail[0]
    return str(detail)
