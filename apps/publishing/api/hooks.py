"""/triggers/{token}: a web request that starts a run. The token is the right to do so.

A sender that waits is told the run's outcome; all others hear at once what the trigger's node says.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from apps.publishing.service.dify_events import TERMINAL
from apps.publishing.service.http import known, refusal
from apps.publishing.triggers.webhooks import Started, receive
from apps.runs.streams import tail_run
from weft.db.aio import call_db
from weft.http.errors import WeftError, error_response

WAIT_S = 60.0


@csrf_exempt
async def webhook_view(request: HttpRequest, token: str) -> HttpResponseBase:
    return await _answer(request, token, is_test=False)


@csrf_exempt
async def webhook_test_view(request: HttpRequest, token: str) -> HttpResponseBase:
    return await _answer(request, token, is_test=True)


async def _answer(request: HttpRequest, token: str, *, is_test: bool) -> HttpResponseBase:
    try:
        started = await call_db(receive, request, token, is_test=is_test)
        response = await _outcome(started) if started.waits else _text(started.body, started.status)
    except WeftError as error:
        return error_response(error)
    except Exception as error:
        return refusal(known(error, request))
    response["X-Weft-Run"] = started.run_id
    return response


def _text(body: str, status: int) -> HttpResponse:
    """The configured body, as JSON where it is some."""
    try:
        json.loads(body)
    except ValueError:
        return HttpResponse(body, status=status, content_type="text/plain; charset=utf-8")
    return HttpResponse(body, status=status, content_type="application/json")


async def _outcome(started: Started) -> HttpResponse:
    try:
        async with asyncio.timeout(WAIT_S):
            async for event in tail_run(started.run_id, 0):
                if event["type"] in TERMINAL:
                    return _ended(started, event)
    except TimeoutError:
        pass
    return _later(started, "running")


def _ended(started: Started, event: dict[str, Any]) -> HttpResponse:
    match event["type"]:
        case "run_finished" if started.body:
            return _text(started.body, started.status)
        case "run_finished":
            return JsonResponse(event["outputs"], status=started.status, json_dumps_params={"ensure_ascii": False})
        case "run_failed":
            error = event["error"]
            body = {"code": error["code"], "message": error["message"], "run_id": started.run_id}
            return JsonResponse(body, status=500, json_dumps_params={"ensure_ascii": False})
        case "run_paused":
            return _later(started, "paused")
        case _:
            return _later(started, "stopped")


def _later(started: Started, status: str) -> HttpResponse:
    return JsonResponse({"run_id": started.run_id, "status": status}, status=202)
