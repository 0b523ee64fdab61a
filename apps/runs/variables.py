"""What a conversation remembers between its runs.

Runs write operations into their logs, not results. They are applied here one after another under locks, so runs of one
conversation that go on side by side lose nothing of each other, and once each, because a run knows up to which event
it was applied. Knows rows and logs; what an operation makes of a value is the engine's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from apps.runs import blobs
from apps.runs.errors import InvalidVariable, not_found
from apps.runs.locks import lock_run
from apps.runs.models import ConversationVariable, Run, RunEvent
from apps.studio.models import App
from weft.db.text import storable
from workflows.assign import fits, settle, zero


def variables_of(conversation_id: UUID) -> QuerySet[ConversationVariable]:
    return ConversationVariable.objects.filter(conversation_id=conversation_id).order_by("created_at", "id")


def value_of(row: ConversationVariable) -> Any:
    return msgspec.json.decode(row.value)


def remembered(app: App, conversation_id: UUID, document: Mapping[str, Any]) -> dict[str, Any]:
    """The values a run of `document` begins with. Needs a transaction.

    Variables that are new begin with their defaults; one whose type has changed does so too where its value no longer
    fits.
    """
    definitions = _definitions(document)
    if not definitions:
        return {}
    ConversationVariable.objects.bulk_create(
        [_row(app, conversation_id, definition) for definition in definitions.values()], ignore_conflicts=True
    )
    values: dict[str, Any] = {}
    for row in _locked(conversation_id, definitions):
        definition = definitions[row.name]
        if row.type != definition["type"]:
            row.type = definition["type"]
            if not fits(value_of(row), row.type):
                row.value = _json(_default(definition))
            row.save(update_fields=["type", "value", "updated_at"])
        values[row.name] = value_of(row)
    return values


@transaction.atomic
def apply_writes(of: Run) -> None:
    """Take over what the run has written since the last time. Repeatable."""
    run = lock_run(of.id) if of.conversation_id is not None else None
    if run is None or run.conversation_id is None:
        return
    rows = RunEvent.objects.filter(run=run, seq__gt=run.writes_seq, type="node_finished", payload__contains='"writes":')
    events = list(rows.order_by("seq").values_list("seq", "payload"))
    writes = [write for _, payload in events for write in _writes_in(payload)]
    if writes:
        document = run.version.document if run.version is not None else run.document or {}
        remembered(run.app, run.conversation_id, document)
        _apply(run, writes)
    if events:
        Run.objects.filter(id=run.id).update(writes_seq=events[-1][0])


@transaction.atomic
def set_value(conversation_id: UUID, variable_id: UUID, value: Any) -> ConversationVariable:
    """Set one variable. Raises 404, or InvalidVariable for a value of another type."""
    row = variables_of(conversation_id).select_for_update().filter(id=variable_id).first()
    if row is None:
        raise not_found("variable")
    if not fits(value, row.type):
        raise InvalidVariable(row.name, row.type)
    row.value = _json(value)
    row.save(update_fields=["value", "updated_at"])
    return row


def _apply(run: Run, writes: list[dict[str, Any]]) -> None:
    assert run.conversation_id is not None
    rows = {row.name: row for row in _locked(run.conversation_id, {write["target"][1] for write in writes})}
    for write in writes:
        row = rows.get(write["target"][1])
        if row is not None:
            operand = blobs.restored(run.id, write.get("value"))
            row.value = _json(settle(write["op"], value_of(row), operand, row.type))
    for row in rows.values():
        row.save(update_fields=["value", "updated_at"])


def _locked(conversation_id: UUID, names: Any) -> list[ConversationVariable]:
    rows = ConversationVariable.objects.select_for_update().filter(conversation_id=conversation_id, name__in=names)
    return list(rows.order_by("name"))


def _writes_in(payload: str) -> list[dict[str, Any]]:
    writes = msgspec.json.decode(payload).get("writes") or []
    return [write for write in writes if write["target"][0] == "conversation"]


def _definitions(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    variables = (document.get("variables") or {}).get("conversation") or []
    return {item["name"]: {"type": "string", **item} for item in variables if isinstance(item, dict) and "name" in item}


def _row(app: App, conversation_id: UUID, definition: Mapping[str, Any]) -> ConversationVariable:
    return ConversationVariable(
        app=app,
        conversation_id=conversation_id,
        name=definition["name"],
        type=definition["type"],
        description=definition.get("description") or "",
        value=_json(_default(definition)),
    )


def _default(definition: Mapping[str, Any]) -> Any:
    value = definition.get("value")
    return zero(definition["type"]) if value is None else value


def _json(value: Any) -> str:
    return msgspec.json.encode(storable(value)).decode()
