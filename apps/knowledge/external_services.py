"""Retrieval services elsewhere that datasets may ask: keeping them, testing them, datasets that stand for them.

Asking one is in `external`. A key is stored encrypted and goes to no other server than the one it was entered for.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.knowledge.models import Dataset, ExternalService
from apps.providers import secrets
from weft.db.aio import release
from weft.http import egress
from weft.http.errors import WeftError, invalid, not_found

CHECK_TIMEOUT_S = 10.0
_MAX_ANSWER_BYTES = 1_000_000
# What Dify's own check takes for a wrong address, a wrong key and a server that is away.
_KEY_REFUSED = ("external_key_refused", "The service refused the API key. Enter the right one.")
_NOT_THERE = (
    "external_endpoint_missing",
    "There is no retrieval API at the endpoint + /retrieval. Correct the endpoint.",
)
_AWAY = ("external_service_unavailable", "The service does not answer now, or not behind its gateway. Try again later.")
_REFUSALS = {401: _KEY_REFUSED, 403: _KEY_REFUSED, 404: _NOT_THERE, 502: _AWAY, 503: _AWAY, 504: _AWAY}


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a service answers at its address with its key. A failure is the result, not an exception."""

    ok: bool
    elapsed_ms: int
    code: str = ""
    message: str = ""


def services_of(workspace_id: UUID) -> QuerySet[ExternalService]:
    return ExternalService.objects.filter(workspace_id=workspace_id)


def service_by_id(workspace_id: UUID, service_id: UUID) -> ExternalService:
    service = services_of(workspace_id).filter(pk=service_id).first()
    if service is None:
        raise not_found("external knowledge service")
    return service


def create_service(
    actor: Actor, *, name: str, endpoint: str, api_key: str = "", description: str = ""
) -> ExternalService:
    require(actor, Role.ADMIN)
    service = ExternalService(
        workspace=actor.workspace,
        name=name,
        description=description,
        endpoint=_checked_endpoint(endpoint),
        api_key=secrets.encrypt(api_key.strip()),
    )
    _save(actor, service, "external_service.create")
    return service


def update_service(
    actor: Actor,
    service_id: UUID,
    *,
    name: str | None = None,
    endpoint: str | None = None,
    api_key: str | None = None,
    description: str | None = None,
) -> ExternalService:
    """Change what is given. An endpoint on another server drops the old key: it must not travel there."""
    require(actor, Role.ADMIN)
    moved = None if endpoint is None else _checked_endpoint(endpoint)
    with transaction.atomic():
        service_by_id(actor.workspace_id, service_id)
        service = ExternalService.objects.select_for_update().get(pk=service_id)
        if moved is not None:
            if api_key is None and egress.parse_url(moved).origin() != egress.parse_url(service.endpoint).origin():
                service.api_key = ""
            service.endpoint = moved
        if api_key is not None:
            service.api_key = secrets.encrypt(api_key.strip())
        service.name = service.name if name is None else name
        service.description = service.description if description is None else description
        _save(actor, service, "external_service.update")
    return service


@transaction.atomic
def delete_service(actor: Actor, service_id: UUID) -> None:
    """Refused while a dataset asks it."""
    require(actor, Role.ADMIN)
    service = service_by_id(actor.workspace_id, service_id)
    users = list(service.datasets.order_by("name").values_list("name", flat=True)[:5])
    if users:
        message = f"{service.name} is asked by {', '.join(users)}. Delete these datasets first."
        raise WeftError("external_service_in_use", message, 409)
    record(actor.workspace_id, actor.user, "external_service.delete", service.name)
    service.delete()


def check_service(actor: Actor, service_id: UUID) -> Checked:
    """Call the endpoint without a question, as Dify does: whoever is there refuses the body, not the caller."""
    require(actor, Role.EDITOR)
    service = service_by_id(actor.workspace_id, service_id)
    headers = [("Content-Type", "application/json")]
    if key := secrets.decrypt(service.api_key):
        headers.append(("Authorization", f"Bearer {key}"))
    url = f"{service.endpoint}/retrieval"
    started = time.monotonic()
    release()  # a server may take its time; the connection is for others meanwhile
    try:
        answer = egress.run_sync(
            lambda: egress.fetch(
                "POST",
                url,
                headers=headers,
                data=json.dumps({}).encode(),
                timeout_s=CHECK_TIMEOUT_S,
                max_bytes=_MAX_ANSWER_BYTES,
            )
        )
    except egress.EgressError as exc:
        return Checked(False, _since(started), exc.code, exc.message)
    code, message = _REFUSALS.get(answer.status, ("", ""))
    return Checked(not code, _since(started), code, message)


def create_external_dataset(
    actor: Actor, service_id: UUID, *, name: str, external_key: str, description: str = ""
) -> Dataset:
    """A dataset without documents here: questions go to the service, under the key by which it knows the knowledge."""
    require(actor, Role.EDITOR)
    service = service_by_id(actor.workspace_id, service_id)
    if not external_key.strip():
        raise invalid("external_key", "Say under which id the service knows this knowledge.", "external_key_missing")
    try:
        with transaction.atomic():
            dataset = Dataset.objects.create(
                workspace=actor.workspace,
                name=name,
                description=description,
                external_service=service,
                external_key=external_key.strip(),
                created_by=actor.user,
            )
            record(actor.workspace_id, actor.user, "dataset.create", name, external_service=service.name)
    except IntegrityError as exc:
        message = f"There is a dataset named {name!r} already."
        raise invalid("name", message, "name_taken", name=name) from exc
    return dataset


def _save(actor: Actor, service: ExternalService, action: str) -> None:
    try:
        with transaction.atomic():
            service.save()
            record(actor.workspace_id, actor.user, action, service.name, endpoint=service.endpoint)
    except IntegrityError as exc:
        message = f"There is an external service named {service.name!r} already."
        raise invalid("name", message, "name_taken") from exc


def _checked_endpoint(endpoint: str) -> str:
    """Refused at once where a call would be refused. `/retrieval` is added to it with every call, as Dify does."""
    endpoint = endpoint.strip().rstrip("/").removesuffix("/retrieval")
    try:
        egress.run_sync(lambda: egress.check(endpoint))
    except egress.EgressError as exc:
        raise invalid("endpoint", exc.message, exc.code) from exc
    return endpoint


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
