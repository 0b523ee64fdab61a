"""POST /v1/workflows/run, its stop, and a run's details."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from apps.publishing import turns
from apps.publishing.callers import Caller
from apps.publishing.errors import NotFound, WrongMode
from apps.publishing.service.chat import ended, frames, response_mode
from apps.publishing.service.dify_events import PAUSED, DifyStream, Header, paused_data, run_data
from apps.publishing.service.http import endpoint, list_field, object_field, read_json, text_field
from apps.publishing.service.sse import event_stream
from apps.runs import blobs
from apps.runs import services as runs
from apps.runs.models import Run, Source
from weft.db.aio import call_db

STATUS = {"finished": "succeeded", "queued": "running"}


async def create(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    if caller.mode != "workflow":
        raise WrongMode(wanted="workflow")
    body = read_json(request)
    is_streaming = response_mode(body) == "streaming"
    run_id = await call_db(
        turns.begin_run,
        caller,
        inputs=object_field(body, "inputs"),
        end_user=text_field(body, "user", required=True),
        source=Source.API,
        files=list_field(body, "files"),
    )
    stream = DifyStream(
        Header(
            run_id=run_id,
            version_id=caller.version_id,
            created_at=int(time.time()),
            titles=caller.node_titles,
        )
    )
    if is_streaming:
        return event_stream(frames(stream, run_id))
    event = await ended(stream, run_id)
    # A failed workflow is an answer, not an HTTP error.
    error = event["error"]["message"] if event["type"] == "run_failed" else None
    data = run_data(event, stream, error=error)
    if event["type"] == PAUSED:
        data |= paused_data(event, stream) | {"finished_at": None}
    return JsonResponse(
        {"task_id": run_id, "workflow_run_id": run_id, "data": data}, json_dumps_params={"ensure_ascii": False}
    )


async def detail(request: HttpRequest, caller: Caller, run_id: str) -> HttpResponseBase:
    return JsonResponse(await call_db(_detail, caller, run_id), json_dumps_params={"ensure_ascii": False})


def _detail(caller: Caller, run_id: str) -> dict[str, Any]:
    run: Run | None = runs.find_run(run_id, app_id=caller.app_id)
    if run is None:
        raise NotFound("Workflow run")
    return {
        "id": str(run.pk),
        "workflow_id": str(run.version_id or ""),
        "status": STATUS.get(run.status, run.status),
        "inputs": run.inputs.get("inputs", {}),
        "outputs": blobs.restored_all(run.pk, run.outputs or {}),
        "error": (run.error or {}).get("message"),
        "total_steps": run.events.filter(type="node_started").count(),
        "total_tokens": run.usage.get("total_tokens", 0),
        "created_at": int(run.created_at.timestamp()),
        "finished_at": int(run.finished_at.timestamp()) if run.finished_at else None,
        "elapsed_time": (run.elapsed_ms or 0) / 1000,
    }


create_view = endpoint(POST=create)
detail_view = endpoint(GET=detail)
