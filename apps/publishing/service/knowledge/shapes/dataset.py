"""A dataset as Dify shows it. What Weft has no counterpart of has the value that Dify gives to a plain dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, Sum, prefetch_related_objects

from apps.accounts.services import Actor
from apps.knowledge import hooks
from apps.knowledge.models import Dataset, Document, ExternalService, MetadataField, Permission, Stage, Tag
from apps.providers.endpoints import BUILTIN
from apps.providers.selectors import providers_of
from apps.publishing.service.knowledge import retrieval_model, rules
from apps.publishing.service.knowledge.shapes.people import maker, owner_id, seconds

PERMISSIONS = {
    Permission.ONLY_ME: "only_me",
    Permission.ALL: "all_team_members",
    Permission.SOME: "partial_members",
}
AVAILABLE = Q(stage=Stage.READY, is_enabled=True, is_archived=False)


def dataset_shapes(actor: Actor, rows: Sequence[Dataset]) -> list[dict[str, Any]]:
    """Many at once, with as many queries as for one."""
    prefetch_related_objects(rows, "tags", "metadata_fields", "created_by", "external_service")
    ids = [row.pk for row in rows]
    counts = {each["dataset"]: each for each in _counts(ids)}
    apps = hooks.users_of(actor.workspace_id, ids)
    providers = {BUILTIN, *providers_of(actor.workspace_id).values_list("slug", flat=True)}
    owner = owner_id(actor.workspace_id)
    return [
        _shape(row, counts.get(row.pk, {}), owner)
        | {"app_count": len(apps.get(row.pk, [])), "embedding_available": row.embedding_provider in providers}
        for row in rows
    ]


def dataset_shape(actor: Actor, row: Dataset) -> dict[str, Any]:
    """One in detail: with the people that it is shown to."""
    members = [str(each) for each in row.members.values_list("pk", flat=True)]
    return dataset_shapes(actor, [row])[0] | {"partial_member_list": members}


def _counts(ids: Sequence[Any]) -> Any:
    documents = Document.objects.filter(dataset__in=ids).order_by().values("dataset")
    return documents.annotate(total=Count("pk"), available=Count("pk", filter=AVAILABLE), words=Sum("char_count"))


def _shape(row: Dataset, counts: dict[str, Any], owner: str) -> dict[str, Any]:
    external = row.external_service
    total = counts.get("total", 0)
    return {
        "id": str(row.pk),
        "name": row.name,
        "description": row.description,
        "provider": "external" if external else "vendor",
        "permission": PERMISSIONS[Permission(row.permission)],
        "data_source_type": "upload_file" if total else None,
        "indexing_technique": None if external else "high_quality",
        "document_count": total,
        "total_documents": total,
        "total_available_documents": counts.get("available", 0),
        "word_count": counts.get("words") or 0,
        "created_by": maker(row, owner),
        "author_name": row.created_by.name if row.created_by else "",
        "created_at": seconds(row.created_at),
        "updated_by": maker(row, owner),
        "updated_at": seconds(row.updated_at),
        "embedding_model": None if external else row.embedding_model,
        "embedding_model_provider": None if external else row.embedding_provider,
        "retrieval_model_dict": retrieval_model.shown(row),
        "tags": [tag_shape(tag) for tag in row.tags.all()],
        "doc_form": rules.doc_form_of(row.processing),
        "doc_metadata": [field_shape(field) for field in row.metadata_fields.all()],
        "built_in_field_enabled": row.built_in_metadata,
        "external_knowledge_info": _external_info(row, external),
        "external_retrieval_model": retrieval_model.shown_external(row),
        "pipeline_id": None,
        "runtime_mode": "general",
        "chunk_structure": None,
        "is_published": False,
        "is_multimodal": False,
        "enable_api": row.api_enabled,
        "icon_info": _icon(row.icon),
        "summary_index_setting": {"enable": False},
    }


def tag_shape(tag: Tag) -> dict[str, Any]:
    return {"id": str(tag.pk), "name": tag.name, "type": "knowledge"}


def field_shape(field: MetadataField) -> dict[str, Any]:
    return {"id": str(field.pk), "name": field.name, "type": field.type}


def _external_info(row: Dataset, service: ExternalService | None) -> dict[str, Any]:
    return {
        "external_knowledge_id": row.external_key or None,
        "external_knowledge_api_id": str(service.pk) if service else None,
        "external_knowledge_api_name": service.name if service else None,
        "external_knowledge_api_endpoint": service.endpoint if service else None,
    }


def _icon(icon: dict[str, Any]) -> dict[str, Any]:
    return {
        "icon_type": icon.get("type", "emoji"),
        "icon": icon.get("icon", "📙"),
        "icon_background": icon.get("background", "#FFF4ED"),
        "icon_url": icon.get("url", ""),
    }
