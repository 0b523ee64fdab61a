"""Metadata of a dataset's documents: its fields, the built-in ones, and the values of many documents at once."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.accounts.services import Actor
from apps.knowledge import fields
from apps.knowledge.fields import Change
from apps.knowledge.metadata_values import checked
from apps.knowledge.models import Dataset, MetadataField, MetadataType
from apps.publishing.errors import InvalidParam
from apps.publishing.service.http import list_field, read_json, text_field
from apps.publishing.service.knowledge.frame import (
    as_response,
    body_id,
    choice_field,
    flag_field,
    knowledge_view,
    open_dataset,
    path_id,
)
from apps.publishing.service.knowledge.shapes.dataset import field_shape
from apps.publishing.service.knowledge.shapes.metadata import BUILT_IN
from weft.http.errors import WeftError


def list_fields(request: HttpRequest, actor: Actor, dataset_id: str) -> dict[str, Any]:
    dataset = open_dataset(actor, dataset_id)
    found = fields.fields_of(actor, dataset.pk)
    shown = [field_shape(each.row) | {"count": each.document_count} for each in found]
    return {"doc_metadata": shown, "built_in_field_enabled": dataset.built_in_metadata}


def add_field(request: HttpRequest, actor: Actor, dataset_id: str) -> HttpResponseBase:
    body = read_json(request)
    kind = choice_field(body, "type", MetadataType.values)
    if kind is None:
        raise InvalidParam("Arg type must be provided.", field="type")
    name = text_field(body, "name", required=True)
    dataset = open_dataset(actor, dataset_id)
    field = fields.create_field(actor, dataset.pk, name=name, type_=MetadataType(kind))
    return as_response(field_shape(field), status=201)


def rename_field(request: HttpRequest, actor: Actor, dataset_id: str, field_id: str) -> dict[str, Any]:
    name = text_field(read_json(request), "name", required=True)
    dataset = open_dataset(actor, dataset_id)
    wanted = path_id(field_id, "Metadata field")
    return field_shape(fields.update_field(actor, dataset.pk, wanted, name=name))


def delete_field(request: HttpRequest, actor: Actor, dataset_id: str, field_id: str) -> None:
    dataset = open_dataset(actor, dataset_id)
    fields.delete_field(actor, dataset.pk, path_id(field_id, "Metadata field"))


def built_in(request: HttpRequest, actor: Actor, dataset_id: str) -> dict[str, Any]:
    open_dataset(actor, dataset_id)
    return {"fields": [{"name": name, "type": kind.value} for name, kind in BUILT_IN.items()]}


def switch_built_in(request: HttpRequest, actor: Actor, dataset_id: str, action: str) -> dict[str, str]:
    if action not in ("enable", "disable"):
        raise WeftError("invalid_action", f"Invalid action: {action}. It is enable or disable.", 400, field="action")
    dataset = open_dataset(actor, dataset_id)
    fields.set_built_in(actor, dataset.pk, enabled=action == "enable")
    return {"result": "success"}


def set_values(request: HttpRequest, actor: Actor, dataset_id: str) -> dict[str, str]:
    """All of what is sent or nothing. Without `partial_update` a document has afterwards what is named and no more."""
    operations = list_field(read_json(request), "operation_data")
    dataset = open_dataset(actor, dataset_id)
    if not operations:
        raise InvalidParam("operation_data must name at least one document.", field="operation_data")
    known = {str(field.pk): field for field in dataset.metadata_fields.all()}
    fields.set_values(actor, dataset.pk, [_change(dataset, known, each) for each in operations])
    return {"result": "success"}


def _change(dataset: Dataset, known: dict[str, MetadataField], operation: Any) -> Change:
    if not isinstance(operation, dict):
        raise InvalidParam("Each of operation_data must be an object.", field="operation_data")
    document_id = body_id(operation.get("document_id"), "document_id")
    values = dict(_value(dataset, known, each) for each in list_field(operation, "metadata_list"))
    return Change(document_id, values, replace=flag_field(operation, "partial_update") is not True)


def _value(dataset: Dataset, known: dict[str, MetadataField], given: Any) -> tuple[str, Any]:
    """A field's name and value."""
    field = known.get(str(given.get("id"))) if isinstance(given, dict) else None
    if field is None:
        raise InvalidParam(f"{dataset.name} has no metadata field with that id.", field="metadata_list")
    value, type_ = given.get("value"), MetadataType(field.type)
    if value is None or value == "":
        return field.name, None
    try:
        return field.name, checked(field.name, type_, _plain(type_, value))
    except WeftError as error:
        raise InvalidParam(error.message, field="value") from error


def _plain(type_: MetadataType, value: Any) -> Any:
    """Clients send numbers as texts whose values are all texts, and other values where a text is wanted."""
    if type_ == MetadataType.STRING:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        return value
    return int(number) if isinstance(number, float) and number.is_integer() else number


fields_view = knowledge_view(GET=list_fields, POST=add_field)
field_view = knowledge_view(PATCH=rename_field, DELETE=delete_field)
built_in_view = knowledge_view(GET=built_in)
built_in_switch_view = knowledge_view(POST=switch_built_in)
documents_view = knowledge_view(POST=set_values)
