"""Metadata of documents as Dify shows it: the dataset's own fields, and the built-in ones where switched on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.knowledge.models import Document, MetadataField, MetadataType
from apps.publishing.service.knowledge.shapes.people import seconds

# What every document has, by its type; filters know the same names.
BUILT_IN = {
    "document_name": MetadataType.STRING,
    "uploader": MetadataType.STRING,
    "upload_date": MetadataType.TIME,
    "last_update_date": MetadataType.TIME,
    "source": MetadataType.STRING,
}


def values_of(row: Document, fields: Sequence[MetadataField]) -> list[dict[str, Any]]:
    own = [
        {"id": str(field.pk), "name": field.name, "type": field.type, "value": row.metadata[field.name]}
        for field in fields
        if row.metadata.get(field.name) is not None
    ]
    return own + (_built_in(row) if row.dataset.built_in_metadata else [])


def named_values(row: Document) -> dict[str, Any]:
    """The same as name and value, for what quotes a document."""
    built_in = {each["name"]: each["value"] for each in _built_in(row)} if row.dataset.built_in_metadata else {}
    return {**row.metadata, **built_in}


def _built_in(row: Document) -> list[dict[str, Any]]:
    values = {
        "document_name": row.name,
        "uploader": row.created_by.name if row.created_by else "",
        "upload_date": seconds(row.created_at),
        "last_update_date": seconds(row.updated_at),
        "source": row.source,
    }
    return [
        {"id": "built-in", "name": name, "type": kind.value, "value": values[name]} for name, kind in BUILT_IN.items()
    ]
