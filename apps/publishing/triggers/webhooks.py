"""A web request becomes a run: found by its token, read as the trigger's node wants it, started, and perhaps waited
for.

Knows rows and Django's requests; what a request must bring is the engine's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from django.db import transaction
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict

from apps.publishing.errors import InvalidParam, NotFound
from apps.publishing.models import Firing, FiringStatus, Trigger, TriggerKind
from apps.publishing.triggers.roots import root_config
from apps.runs import files
from apps.runs import services as runs
from apps.runs.models import Source, UploadedFile
from apps.studio.models import App
from weft.db.text import storable
from weft.http.errors import WeftError
from workflows.errors import Fault
from workflows.webhooks import BODY, WebhookConfig, WebhookRequest, read_webhook

STATUS = {"webhook_method": 405, "webhook_content_type": 415}
HIDDEN_HEADERS = frozenset({"Cookie"})


@dataclass(frozen=True, slots=True)
class Started:
    """A run that a request began, and what its sender is to be told."""

    run_id: str
    waits: bool
    status: int
    body: str


class InvalidWebhook(WeftError):
    """The request is not what the trigger's node declares."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        message = " ".join(fault.message for fault in faults)
        details = {"faults": [fault.to_dict() for fault in faults]}
        status = STATUS.get(faults[0].code, 400)
        super().__init__(faults[0].code, message, status, field=faults[0].field, details=details)


def receive(request: HttpRequest, token: str, *, is_test: bool) -> Started:
    """Start the run that the request asks for, of the live version or (test) of the draft.

    Raises NotFound, InvalidWebhook, and what starting a run raises; then no run was started.
    """
    trigger = _trigger(token, is_test=is_test)
    config = _config(trigger, is_test=is_test)
    kept: list[UploadedFile] = []
    inputs, faults = read_webhook(config, _read(request, trigger, config, kept))
    if faults:
        _note(trigger, is_test, status=FiringStatus.REFUSED, error=_first(faults))
        raise InvalidWebhook(faults)
    try:
        run_id = _start(trigger, storable(inputs), kept, is_test=is_test)
    except WeftError as error:
        _note(trigger, is_test, status=FiringStatus.REFUSED, error={"code": error.code, "message": error.message})
        raise
    response = config.response
    return Started(run_id, response.wait, response.status, response.body)


def _trigger(token: str, *, is_test: bool) -> Trigger:
    rows = Trigger.objects.select_related("app__live_version", "app__draft", "app__workspace")
    rows = rows.filter(kind=TriggerKind.WEBHOOK, app__deleted_at=None)
    trigger = rows.filter(**({"test_token": token} if is_test else {"token": token})).first()
    is_open = trigger is not None and (is_test or (trigger.enabled and trigger.app.live_version is not None))
    if trigger is None or not is_open:
        raise NotFound("This webhook")
    return trigger


def _config(trigger: Trigger, *, is_test: bool) -> WebhookConfig:
    config = root_config(trigger.app.draft.document, trigger.node_id) if is_test else trigger.config
    if config is None:
        raise NotFound("This webhook")
    try:
        return WebhookConfig.model_validate(config)
    except ValueError as error:
        raise InvalidParam("The webhook's node is not filled in right; the editor says what is missing.") from error


@transaction.atomic
def _start(trigger: Trigger, inputs: dict[str, Any], kept: list[UploadedFile], *, is_test: bool) -> str:
    app: App = trigger.app
    rest: dict[str, Any] = {"inputs": {"inputs": inputs}, "root": trigger.node_id}
    if is_test:
        # whoever has the address searches what the last to edit the draft sees
        draft = app.draft
        run = runs.start_run(app, document=draft.document, source=Source.EDITOR, tried_by=draft.updated_by_id, **rest)
    else:
        run = runs.start_live_run(app, source=Source.TRIGGER, **rest)
        Firing.objects.create(trigger=trigger, status=FiringStatus.STARTED, run_id=run.id)
    run.uploads.add(*kept)
    return str(run.id)


def _note(trigger: Trigger, is_test: bool, **outcome: Any) -> None:
    if not is_test:
        Firing.objects.create(trigger=trigger, **outcome)


def _first(faults: Sequence[Fault]) -> dict[str, Any]:
    return {"code": faults[0].code, "message": faults[0].message}


def _read(request: HttpRequest, trigger: Trigger, config: WebhookConfig, kept: list[UploadedFile]) -> WebhookRequest:
    """The request as the engine reads it. Files are stored, and listed in `kept`, only where the node takes files."""
    content_type = request.content_type or ""
    form: dict[str, Any] = {}
    sent: dict[str, Any] = {}
    body = b""
    if content_type == "multipart/form-data" == config.content_type:
        fields, uploads = _multipart(request)
        form = _flat(fields)
        sent = {name: _stored(trigger, upload.name or name, upload.read(), kept) for name, upload in uploads.items()}
    else:
        body = request.body
        if content_type == "application/x-www-form-urlencoded":
            form = {name: values if len(values) > 1 else values[0] for name, values in _urlencoded(body).items()}
        elif content_type == "application/octet-stream" == config.content_type:
            sent = {BODY: _stored(trigger, "body.bin", body, kept)}
    return WebhookRequest(
        method=request.method or "",
        content_type=content_type,
        headers={name: value for name, value in request.headers.items() if name not in HIDDEN_HEADERS},
        params=_flat(request.GET),
        body=body,
        form=form,
        files=sent,
    )


def _multipart(request: HttpRequest) -> tuple[Any, Any]:
    """Django reads forms of POST requests only; a webhook may be a PUT."""
    try:
        return MultiPartParser(request.META, request, request.upload_handlers, request.encoding).parse()
    except MultiPartParserError as error:
        raise InvalidParam(f"The form cannot be read: {error}") from error


def _urlencoded(body: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=1000)
    except ValueError as error:
        raise InvalidParam(f"The form cannot be read: {error}") from error


def _flat(values: MultiValueDict[str, Any]) -> dict[str, Any]:
    return {name: items if len(items) > 1 else items[0] for name, items in values.lists() if items}


def _stored(trigger: Trigger, name: str, data: bytes, kept: list[UploadedFile]) -> dict[str, Any]:
    by = files.EndUser(trigger.app_id, Source.TRIGGER, f"trigger:{trigger.id}")
    row = files.upload(trigger.app.workspace_id, name=name, parts=lambda: [data], by=by)
    kept.append(row)
    return files.file_value(row)
