"""What the API of metadata, tags and access takes in and gives:

field   {id, name, type: string|number|time, instruction, document_count}; the list also has `built_in` [{name, type}]
        and `built_in_enabled`
values  the documents as lists of documents show them, each with `metadata` {field name: value}; times are seconds since
        1970, and may be sent as ISO 8601
tag     {id, name, dataset_count}
access  {permission: only_me|all|some, members: [{id, name, email}], may_change}
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.knowledge import fields, tags
from apps.knowledge.access import Access
from apps.knowledge.models import MetadataField, MetadataType, Permission, Tag

# The fields that every document has, as Dify names them.
BUILT_IN = [
    {"name": "document_name", "type": MetadataType.STRING.value},
    {"name": "uploader", "type": MetadataType.STRING.value},
    {"name": "upload_date", "type": MetadataType.TIME.value},
    {"name": "last_update_date", "type": MetadataType.TIME.value},
    {"name": "source", "type": MetadataType.STRING.value},
]


class FieldIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=fields.MAX_NAME)
    type = serializers.ChoiceField(MetadataType.choices)
    instruction = serializers.CharField(max_length=fields.MAX_INSTRUCTION, required=False, allow_blank=True)


class FieldChangeIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=fields.MAX_NAME, required=False)
    instruction = serializers.CharField(max_length=fields.MAX_INSTRUCTION, required=False, allow_blank=True)


class EnabledIn(serializers.Serializer[Any]):
    enabled = serializers.BooleanField()


class DocumentValuesIn(serializers.Serializer[Any]):
    """`values` by field name, null to take one away; `replace` takes away all that are not named."""

    id = serializers.UUIDField()
    values = serializers.DictField()
    replace = serializers.BooleanField(default=False)


class ValuesIn(serializers.Serializer[Any]):
    documents = DocumentValuesIn(many=True, allow_empty=False)


class TagIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=tags.MAX_NAME)


class TagIdsIn(serializers.Serializer[Any]):
    ids = serializers.ListField(child=serializers.UUIDField(), max_length=tags.MAX_TAGS)


class AccessIn(serializers.Serializer[Any]):
    """Without `members` the list stays as it is."""

    permission = serializers.ChoiceField(Permission.choices)
    members = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=1000)


def field_out(row: MetadataField, document_count: int = 0) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "type": row.type,
        "instruction": row.instruction,
        "document_count": document_count,
    }


def tag_out(tag: Tag) -> dict[str, Any]:
    """`dataset_count` where the tag was listed with it."""
    return {"id": str(tag.id), "name": tag.name, "dataset_count": getattr(tag, "dataset_count", None)}


def access_out(found: Access) -> dict[str, Any]:
    members = [{"id": str(each.id), "name": each.name, "email": each.email} for each in found.members]
    return {"permission": found.permission.value, "members": members, "may_change": found.may_change}
