"""PATCH /v1/datasets/{id}/documents/status/{action}: documents switched on and off, put away and brought back."""

from __future__ import annotations

from django.http import HttpRequest

from apps.accounts.services import Actor
from apps.knowledge import services
from apps.knowledge.models import Stage
from apps.publishing.errors import NotFound
from apps.publishing.service.http import read_json
from apps.publishing.service.knowledge.frame import body_ids, knowledge_view, open_dataset
from weft.http.errors import WeftError

# action -> (service, value)
ACTIONS = {
    "enable": (services.set_documents_enabled, True),
    "disable": (services.set_documents_enabled, False),
    "archive": (services.set_documents_archived, True),
    "un_archive": (services.set_documents_archived, False),
}


def change_state(request: HttpRequest, actor: Actor, dataset_id: str, action: str) -> dict[str, str]:
    """All of the named documents or none; what is so already stays so."""
    if action not in ACTIONS:
        message = f"Invalid action: {action}. It is one of {', '.join(ACTIONS)}."
        raise WeftError("invalid_action", message, 400, field="action")
    ids = body_ids(read_json(request).get("document_ids"), "document_ids", most=1000)
    dataset = open_dataset(actor, dataset_id)
    rows = list(dataset.documents.filter(pk__in=ids))
    if len(rows) < len(ids):
        raise NotFound("Document")
    _refuse_unfinished(action, [row.name for row in rows if row.stage != Stage.READY])
    change, value = ACTIONS[action]
    change(actor, dataset.pk, ids, value)
    return {"result": "success"}


def _refuse_unfinished(action: str, names: list[str]) -> None:
    if names and action in ("disable", "archive"):
        message = f"Document: {names[0]} is not completed. Wait until it is indexed, then {action} it."
        raise WeftError("invalid_action", message, 400)


states_view = knowledge_view(PATCH=change_state)
