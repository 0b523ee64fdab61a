"""The frame of every /v1 endpoint: key, JSON, errors in the caller's dialect, CORS.

Endpoints are exact paths without a trailing slash, because redirects break POST clients.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from apps.publishing.callers import bearer_of, caller_by_key
from apps.publishing.errors import InvalidParam, MethodNotAllowed
from weft.db.aio import call_db
from weft.db.text import storable
from weft.http.errors import WeftError, as_weft_error

log = logging.getLogger(__name__)
P = ParamSpec("P")
C = TypeVar("C")
Handler = Callable[Concatenate[HttpRequest, C, P], Awaitable[HttpResponseBase]]
Dialect = Callable[[WeftError], dict[str, Any]]
View = Callable[..., Awaitable[HttpResponseBase]]

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-App-Code, X-App-Passport, X-Weft-Visitor",
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Max-Age": "86400",
}
UNEXPECTED = WeftError(code="internal_server_error", message="The server failed; its log has the cause.", status=500)


def dify_envelope(error: WeftError) -> dict[str, Any]:
    """Dify's error body. Its clients know one code for all that does not exist, and one for all that is too large."""
    code = {404: "not_found", 413: "file_too_large"}.get(error.status, error.code)
    body: dict[str, Any] = {"code": code, "message": error.message, "status": error.status}
    return body | ({"params": error.field} if error.field else {})


def endpoint(
    *, dialect: Dialect = dify_envelope, opened_by: Callable[[str], Any] = caller_by_key, **by_method: Handler[Any, Any]
) -> View:
    """A view that dispatches by method to handlers which already know who calls: what `opened_by` makes of the key."""

    async def answer(request: HttpRequest, **path: Any) -> HttpResponseBase:
        handler = by_method.get(request.method or "")
        try:
            if handler is None:
                raise MethodNotAllowed(request.method or "")
            key = bearer_of(request.headers.get("Authorization", ""))
            caller = await call_db(opened_by, key)
            return await handler(request, caller, **path)
        except Exception as error:
            return refusal(_as_outside(known(error, request)), dialect)

    return with_cors(answer)


def known(error: Exception, request: HttpRequest) -> WeftError:
    """The error as a client may read it; what nobody foresaw goes to the log."""
    found = as_weft_error(error)
    if found is None:
        log.error("unhandled error at %s", request.path, exc_info=error)
    return found or UNEXPECTED


def _as_outside(error: WeftError) -> WeftError:
    """Clients of these surfaces know one status and one code for values that do not fit."""
    if error.status != 422:
        return error
    return WeftError("invalid_param", error.message, 400, field=error.field)


def with_cors(answer: View) -> View:
    """The same view for any origin: preflight answered, no CSRF check, as there is no cookie to abuse."""

    @csrf_exempt
    async def view(request: HttpRequest, **path: Any) -> HttpResponseBase:
        response = HttpResponse(status=204) if request.method == "OPTIONS" else await answer(request, **path)
        for name, value in CORS.items():
            response.headers.setdefault(name, value)
        return response

    return view


def refusal(error: WeftError, dialect: Dialect = dify_envelope) -> HttpResponse:
    response = JsonResponse(dialect(error), status=error.status, headers=error.headers)
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="api"'
    return response


def read_json(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the body, its strings fit to be stored. Raises InvalidParam for anything else."""
    try:
        value = storable(json.loads(request.body or b"{}", parse_constant=_refuse_constant))
    except (ValueError, RecursionError) as error:
        raise InvalidParam(f"Invalid JSON payload received or JSON payload is empty: {error}.") from error
    if not isinstance(value, dict):
        raise InvalidParam("The JSON payload must be an object.")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def text_field(body: dict[str, Any], name: str, *, required: bool = False) -> str:
    value = body.get(name)
    if value is None or value == "":
        if required:
            raise InvalidParam(f"Arg {name} must be provided.", field=name)
        return ""
    if not isinstance(value, str):
        raise InvalidParam(f"Arg {name} must be a string.", field=name)
    return value


def object_field(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidParam(f"Arg {name} must be an object.", field=name)
    return value


def list_field(body: dict[str, Any], name: str) -> list[Any]:
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidParam(f"Arg {name} must be an array.", field=name)
    return value


def query_int(request: HttpRequest, name: str, *, default: int, low: int, high: int) -> int:
    """An integer of the query string; blank counts as absent, as some SDKs send blanks."""
    text = request.GET.get(name, "")
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise InvalidParam(f"{name} must be an integer from {low} to {high}.", field=name)
    return value
