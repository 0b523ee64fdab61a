"""A form behind its link, and the callback of a wait: /api/public/forms/{token} and /events/{token}.

No login and no visitor: the token is the right to answer, as somebody was sent it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from apps.publishing.errors import FormClosed, InvalidParam, MethodNotAllowed
from apps.publishing.service.forms import answer
from apps.publishing.service.http import known, object_field, read_json, refusal, text_field, with_cors
from apps.runs import files, forms, signals
from weft.db.aio import call_db

Handler = Callable[[HttpRequest, str], Awaitable[HttpResponseBase]]
# Whoever has the link may give so many files, submitted or not.
MAX_FILES = 100


def form_endpoint(**by_method: Handler) -> Callable[..., Awaitable[HttpResponseBase]]:
    async def respond(request: HttpRequest, token: str) -> HttpResponseBase:
        handler = by_method.get(request.method or "")
        try:
            if handler is None:
                raise MethodNotAllowed(request.method or "")
            return await handler(request, token)
        except Exception as error:
            return refusal(known(error, request))

    return with_cors(respond)


async def show(request: HttpRequest, token: str) -> HttpResponseBase:
    return JsonResponse(await call_db(_show, token), json_dumps_params={"ensure_ascii": False})


def _show(token: str) -> dict[str, Any]:
    wait = forms.form_by_token(token)
    return {**forms.open_form(wait.run, wait), "app": {"name": wait.run.app.name}}


async def submit(request: HttpRequest, token: str) -> HttpResponseBase:
    body = read_json(request)
    action = text_field(body, "action", required=True)
    await call_db(_submit, token, action, object_field(body, "inputs"))
    return JsonResponse({"status": "submitted"})


def _submit(token: str, action: str, inputs: dict[str, Any]) -> None:
    wait = forms.form_by_token(token)
    answer(wait, action=action, inputs=inputs, by="link", uploader=forms.uploader_of(wait))


async def upload(request: HttpRequest, token: str) -> HttpResponseBase:
    """A file for a field of this form: the form field `file`."""
    return JsonResponse(await call_db(_upload, request, token), status=201)


def _upload(request: HttpRequest, token: str) -> dict[str, Any]:
    wait = forms.form_by_token(token)
    given = request.FILES.get("file")
    if given is None:
        raise InvalidParam("Send one file in the form field file.", field="file")
    if not any(field["type"] in forms.FILE_TYPES for field in wait.facts["fields"]):
        raise InvalidParam("This form takes no files.", field="file")
    if (status := forms.status_of(wait, wait.run.status)) != "open":
        raise FormClosed(status)
    by = forms.uploader_of(wait)
    if files.count_of(by) >= MAX_FILES:
        raise InvalidParam(f"{MAX_FILES} files were given to this form already, which is the limit.", field="file")
    row = files.upload(wait.run.workspace_id, name=given.name or "", parts=given.chunks, by=by)
    return {"id": str(row.pk), "name": row.name, "size": row.size_bytes, "mime_type": row.mime_type}


async def signal(request: HttpRequest, token: str) -> HttpResponseBase:
    data = read_json(request) if request.body else {}
    await call_db(signals.send_to, token, data)
    return JsonResponse({"status": "accepted"})


form_view = form_endpoint(GET=show, POST=submit)
upload_view = form_endpoint(POST=upload)
signal_view = form_endpoint(POST=signal)
