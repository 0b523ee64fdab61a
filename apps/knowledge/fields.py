"""A dataset's metadata fields, and their values in many documents at once.

Values lie in `Document.metadata` under the field's name, so a new name moves them and an end takes them away; the
filter that a dataset is searched with names fields too, so it follows a new name and keeps its fields. What a value
must be is in `metadata_values`, searching by them in `metadata`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, F, Func, JSONField, TextField, Value

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.knowledge import index, metadata_values
from apps.knowledge.metadata import BUILT_IN
from apps.knowledge.models import Dataset, Document, MetadataField, MetadataType
from apps.knowledge.selectors import dataset_by_id
from weft.http.errors import WeftError, invalid, not_found

MAX_FIELDS = 100
MAX_NAME = 255
MAX_INSTRUCTION = 2000
MAX_DOCUMENTS = 1000

_RENAME = """
UPDATE knowledge_document SET
    metadata = (metadata - %(old)s) || jsonb_build_object(%(new)s::text, metadata -> %(old)s),
    extracted = CASE WHEN extracted ? %(old)s
        THEN (extracted - %(old)s) || jsonb_build_object(%(new)s::text, extracted -> %(old)s) ELSE extracted END
WHERE dataset_id = %(dataset)s AND metadata ? %(old)s
"""
_REMOVE = """
UPDATE knowledge_document SET metadata = metadata - %(old)s, extracted = extracted - %(old)s
WHERE dataset_id = %(dataset)s AND metadata ? %(old)s
"""


@dataclass(frozen=True, slots=True)
class Field:
    """A field, and how many documents have a value in it."""

    row: MetadataField
    document_count: int


@dataclass(frozen=True, slots=True)
class Change:
    """Values for one document; None takes one away. `replace` takes away all that are not named."""

    document_id: UUID
    values: Mapping[str, Any]
    replace: bool = False


def fields_of(actor: Actor, dataset_id: UUID) -> list[Field]:
    dataset = dataset_by_id(actor, dataset_id)
    rows = MetadataField.objects.filter(dataset=dataset).order_by("created_at", "id")
    return [Field(row, Document.objects.filter(dataset=dataset, metadata__has_key=row.name).count()) for row in rows]


def create_field(
    actor: Actor, dataset_id: UUID, *, name: str, type_: MetadataType, instruction: str = ""
) -> MetadataField:
    """`instruction` is what a model is told to look for, if one fills the field."""
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    name, instruction = _checked_name(name), _checked_instruction(instruction)
    if MetadataField.objects.filter(dataset=dataset).count() >= MAX_FIELDS:
        message = f"A dataset has at most {MAX_FIELDS} metadata fields."
        raise invalid("name", message, "metadata_fields_too_many", max=MAX_FIELDS)
    try:
        with transaction.atomic():
            row = MetadataField.objects.create(dataset=dataset, name=name, type=type_, instruction=instruction)
            record(actor.workspace_id, actor.user, "dataset.field.create", dataset.name, field=name)
    except IntegrityError as exc:
        raise _taken(dataset, name) from exc
    return row


def update_field(
    actor: Actor, dataset_id: UUID, field_id: UUID, *, name: str | None = None, instruction: str | None = None
) -> MetadataField:
    """The type stays: values of another type would be left behind."""
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    row = _field(dataset, field_id)
    old, row.name = row.name, row.name if name is None else _checked_name(name)
    row.instruction = row.instruction if instruction is None else _checked_instruction(instruction)
    try:
        with transaction.atomic():
            row.save(update_fields=["name", "instruction", "updated_at"])
            if row.name != old:
                _execute(_RENAME, {"old": old, "new": row.name, "dataset": dataset.id})
                _rename_in_filter(dataset.id, old, row.name)
                index.touch(dataset.id)
            record(actor.workspace_id, actor.user, "dataset.field.update", dataset.name, field=row.name, before=old)
    except IntegrityError as exc:
        raise _taken(dataset, row.name) from exc
    return row


@transaction.atomic
def delete_field(actor: Actor, dataset_id: UUID, field_id: UUID) -> None:
    """With its values in all documents. Refused while the dataset is searched with a condition on it, which no document
    would meet any more."""
    require(actor, Role.EDITOR)
    dataset_by_id(actor, dataset_id)
    dataset = Dataset.objects.select_for_update().get(id=dataset_id)
    row = _field(dataset, field_id)
    if any(each.get("name") == row.name for each in _conditions(dataset)):
        message = f"The retrieval settings of {dataset.name} filter by {row.name!r}. Take that condition away first."
        raise WeftError("metadata_field_filtered", message, 409)
    _execute(_REMOVE, {"old": row.name, "dataset": dataset.id})
    record(actor.workspace_id, actor.user, "dataset.field.delete", dataset.name, field=row.name)
    row.delete()
    index.touch(dataset.id)


def set_built_in(actor: Actor, dataset_id: UUID, *, enabled: bool) -> Dataset:
    """Whether documents show the fields that Weft fills: name, uploader, dates, source."""
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    dataset.built_in_metadata = enabled
    dataset.save(update_fields=["built_in_metadata", "updated_at"])
    return dataset


@transaction.atomic
def set_values(actor: Actor, dataset_id: UUID, changes: Sequence[Change]) -> list[Document]:
    """The documents as they are now. One value that is refused refuses all, before anything is stored."""
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    if len(changes) > MAX_DOCUMENTS:
        message = f"At most {MAX_DOCUMENTS} documents are changed at a time, not {len(changes)}."
        raise invalid("documents", message, "documents_too_many", max=MAX_DOCUMENTS, count=len(changes))
    ids = [change.document_id for change in changes]
    locked = Document.objects.select_for_update().filter(dataset=dataset, id__in=ids).order_by("id")
    rows = {row.id: row for row in locked}
    for change in changes:
        row = rows.get(change.document_id)
        if row is None:
            raise not_found("document")
        row.dataset = dataset
        metadata_values.set_by_hand(row, change.values, keep_others=not change.replace)
    for row in rows.values():
        row.save(update_fields=["metadata", "extracted", "updated_at"])
    index.touch(dataset.id)
    return [rows[id_] for id_ in dict.fromkeys(ids)]


def value_counts(actor: Actor, dataset_id: UUID, field_id: UUID, *, limit: int = 50) -> list[tuple[Any, int]]:
    """The commonest values of a field with their documents: what a filter may be chosen from."""
    dataset = dataset_by_id(actor, dataset_id)
    row = _field(dataset, field_id)
    name = Value(row.name, output_field=TextField())
    value = Func(F("metadata"), name, function="jsonb_extract_path", output_field=JSONField())
    documents = Document.objects.filter(dataset=dataset, metadata__has_key=row.name).annotate(value=value)
    counted = documents.values("value").annotate(n=Count("id")).order_by("-n", "value")[:limit]
    return [(each["value"], each["n"]) for each in counted]


def _rename_in_filter(dataset_id: UUID, old: str, new: str) -> None:
    dataset = Dataset.objects.select_for_update().get(id=dataset_id)
    named = [each for each in _conditions(dataset) if each.get("name") == old]
    for condition in named:
        condition["name"] = new
    if named:
        dataset.save(update_fields=["retrieval", "updated_at"])


def _conditions(dataset: Dataset) -> list[dict[str, Any]]:
    """Of the filter in its retrieval settings; the very ones, for changing."""
    return list((dataset.retrieval.get("filter") or {}).get("conditions") or [])


def _field(dataset: Dataset, field_id: UUID) -> MetadataField:
    row = MetadataField.objects.filter(dataset=dataset, id=field_id).first()
    if row is None:
        raise not_found("metadata field")
    return row


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME:
        message = f"A metadata field's name has from 1 to {MAX_NAME} characters."
        raise invalid("name", message, "metadata_name_length", max=MAX_NAME)
    if name in BUILT_IN:
        message = f"{name} is a field that every document has. Choose another name."
        raise invalid("name", message, "metadata_field_built_in", name=name)
    return name


def _checked_instruction(instruction: str) -> str:
    if len(instruction) > MAX_INSTRUCTION:
        message = f"An instruction has at most {MAX_INSTRUCTION} characters."
        raise invalid("instruction", message, "instruction_too_long", max=MAX_INSTRUCTION)
    return instruction.strip()


def _taken(dataset: Dataset, name: str) -> WeftError:
    return invalid("name", f"{dataset.name} has a metadata field named {name!r} already.", "name_taken", name=name)


def _execute(sql: str, params: Mapping[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
