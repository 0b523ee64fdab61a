"""The values that documents have in their dataset's metadata fields: checked against the field's type.

Times are kept as seconds since 1970, as numbers are; searching by them is in `metadata`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from apps.knowledge.metadata import LARGEST
from apps.knowledge.models import Dataset, Document, MetadataField, MetadataType
from weft.http.errors import WeftError, invalid

MAX_TEXT = 2000


def merged(dataset: Dataset, before: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """`before` with `values` in it. None takes a value away. A field that the dataset does not have refuses all."""
    types = dict(MetadataField.objects.filter(dataset=dataset).values_list("name", "type")) if values else {}
    found = dict(before)
    for name, value in values.items():
        if name not in types:
            message = f"{dataset.name} has no metadata field {name!r}. Add it first, or choose one of its fields."
            raise invalid("metadata", message, "metadata_field_unknown", dataset=dataset.name, name=name)
        found.pop(name, None)
        if value is not None:
            found[name] = checked(name, MetadataType(types[name]), value)
    return found


def set_by_hand(document: Document, values: Mapping[str, Any], *, keep_others: bool = True) -> None:
    """Put people's values into the row, which is theirs to save: these stay when its file changes."""
    before = document.metadata if keep_others else {}
    document.metadata = merged(document.dataset, before, values)
    extracted = document.extracted if keep_others else {}
    document.extracted = {name: sha256 for name, sha256 in extracted.items() if name not in values}


def checked(name: str, type_: MetadataType, value: Any) -> str | float | int:
    """As it is kept. Raises `metadata_value_invalid` for what is none of the type."""
    match type_, value:
        case MetadataType.STRING, str() if len(value) <= MAX_TEXT:
            return value
        case ((MetadataType.NUMBER | MetadataType.TIME), bool()):
            pass
        case ((MetadataType.NUMBER | MetadataType.TIME), int() | float()) if abs(value) < LARGEST:
            return value
        case MetadataType.TIME, str():
            if (seconds := _seconds(value)) is not None:
                return seconds
    raise _wrong(name, type_)


def _seconds(text: str) -> float | None:
    """Of an ISO time; one without a zone is taken as UTC."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _wrong(name: str, type_: MetadataType) -> WeftError:
    wanted = {
        MetadataType.STRING: f"text of at most {MAX_TEXT} characters",
        MetadataType.NUMBER: "a number",
        MetadataType.TIME: "a time: seconds since 1970, or like 2026-01-31T09:00:00Z",
    }
    message = f"The metadata field {name!r} takes {wanted[type_]}."
    return invalid("metadata", message, "metadata_value_invalid", name=name, type=str(type_))
