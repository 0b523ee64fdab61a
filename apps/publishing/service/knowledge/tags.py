"""/v1/datasets/tags: the workspace's tags, and which datasets bear them. Dify calls them knowledge tags."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from apps.accounts.services import Actor
from apps.knowledge import tags
from apps.knowledge.models import Tag
from apps.publishing.service.http import read_json, text_field
from apps.publishing.service.knowledge.frame import body_id, body_ids, knowledge_view, open_dataset
from apps.publishing.service.knowledge.shapes.dataset import tag_shape


def list_tags(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    keyword = request.GET.get("keyword", "")
    rows = tags.tags_of(actor).filter(name__icontains=keyword)
    return [_counted(tag, tag.dataset_count) for tag in rows]  # type: ignore[attr-defined]


def create_tag(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    return _counted(tags.create_tag(actor, text_field(read_json(request), "name", required=True)), 0)


def rename_tag(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    body = read_json(request)
    tag = tags.rename_tag(actor, body_id(body.get("tag_id"), "tag_id"), text_field(body, "name", required=True))
    return _counted(tag, tag.datasets.count())


def delete_tag(request: HttpRequest, actor: Actor) -> None:
    tags.delete_tag(actor, body_id(read_json(request).get("tag_id"), "tag_id"))


def bind(request: HttpRequest, actor: Actor) -> None:
    tags.bind(actor, *_binding(request, actor))


def unbind(request: HttpRequest, actor: Actor) -> None:
    tags.unbind(actor, *_binding(request, actor))


def dataset_tags(request: HttpRequest, actor: Actor, dataset_id: str) -> dict[str, Any]:
    rows = tags.tags_of_dataset(actor, open_dataset(actor, dataset_id).pk)
    data = [{"id": str(tag.pk), "name": tag.name} for tag in rows]
    return {"data": data, "total": len(data)}


def _binding(request: HttpRequest, actor: Actor) -> tuple[UUID, list[UUID]]:
    """The dataset and the tags; some clients name one tag, others several."""
    body = read_json(request)
    dataset = open_dataset(actor, str(body_id(body.get("target_id"), "target_id")))
    given = body["tag_ids"] if body.get("tag_ids") is not None else [body.get("tag_id")]
    return dataset.pk, body_ids(given, "tag_ids")


def _counted(tag: Tag, count: int) -> dict[str, Any]:
    """The number is a text: so Dify sends it."""
    return tag_shape(tag) | {"binding_count": str(count)}


tags_view = knowledge_view(GET=list_tags, POST=create_tag, PATCH=rename_tag, DELETE=delete_tag)
binding_view = knowledge_view(POST=bind)
unbinding_view = knowledge_view(POST=unbind)
# clients of older releases ask with POST
dataset_tags_view = knowledge_view(GET=dataset_tags, POST=dataset_tags)
