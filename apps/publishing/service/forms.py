"""/v1/form/human_input/{form_token}: the forms that runs of this app wait for; and the events that they wait for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from apps.publishing.callers import Caller
from apps.publishing.errors import FormClosed, InvalidFormData, InvalidParam, NotFound
from apps.publishing.service.dify_waits import form_body
from apps.publishing.service.http import endpoint, object_field, read_json, text_field
from apps.runs import forms, signals
from apps.runs import services as runs
from apps.runs.errors import FormNotFound, InvalidForm, InvalidInput, WaitClosed, WaitExpired, WaitSignalled
from apps.runs.files import EndUser
from apps.runs.models import Source, Wait
from weft.db.aio import call_db


async def show(request: HttpRequest, caller: Caller, form_token: str) -> HttpResponseBase:
    return JsonResponse(await call_db(_show, caller, form_token), json_dumps_params={"ensure_ascii": False})


def _show(caller: Caller, token: str) -> dict[str, Any]:
    wait = _own(caller, token)
    if (status := forms.status_of(wait, wait.run.status)) != "open":
        raise FormClosed(status)
    body = form_body(wait.facts)
    return {**body, "user_actions": body["actions"]}


async def submit(request: HttpRequest, caller: Caller, form_token: str) -> HttpResponseBase:
    body = read_json(request)
    user = text_field(body, "user", required=True)
    action = text_field(body, "action", required=True)
    await call_db(_submit, caller, form_token, action, object_field(body, "inputs"), user)
    return JsonResponse({})


def _submit(caller: Caller, token: str, action: str, inputs: dict[str, Any], user: str) -> None:
    uploader = EndUser(caller.app_uuid, Source.API, user)
    answer(_own(caller, token), action=action, inputs=inputs, by=user, uploader=uploader)


def answer(wait: Wait, *, action: str, inputs: dict[str, Any], by: str, uploader: EndUser) -> None:
    """Submit the form; what is refused has the codes that clients outside know."""
    try:
        forms.submit(wait, action=action, inputs=inputs, by=by, uploader=uploader)
    except (InvalidForm, InvalidInput) as error:
        raise InvalidFormData(error) from error
    except WaitSignalled as error:
        raise FormClosed("submitted") from error
    except WaitExpired as error:
        raise FormClosed("expired") from error
    except WaitClosed as error:
        raise FormClosed("closed") from error


def _own(caller: Caller, token: str) -> Wait:
    """The form, when it is this app's and delivered to its own surfaces."""
    try:
        wait = forms.form_by_token(token)
    except FormNotFound as error:
        raise NotFound("Form") from error
    if wait.run.app_id != caller.app_uuid or not forms.is_for_web(wait.facts):
        raise NotFound("Form")
    return wait


async def signal(request: HttpRequest, caller: Caller, run_id: str) -> HttpResponseBase:
    """An event for the `wait` nodes of a run of this user: `{name, data, user}`."""
    body = read_json(request)
    user = text_field(body, "user", required=True)
    name = text_field(body, "name", required=True)
    await call_db(_signal, caller, run_id, name, body.get("data") or {}, user)
    return JsonResponse({"result": "success"})


def _signal(caller: Caller, run_id: str, name: str, data: Any, user: str) -> None:
    run = runs.find_run(run_id, app_id=caller.app_id)
    if run is None or run.end_user != user:
        raise NotFound("Workflow run")
    if len(name) > 500:
        raise InvalidParam("name is longer than 500 characters.", field="name")
    signals.send_event(run.pk, name, data, by=user)


form_view = endpoint(GET=show, POST=submit)
signals_view = endpoint(POST=signal)
