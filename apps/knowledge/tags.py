"""A workspace's tags for datasets, and which dataset bears which."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.knowledge.models import Dataset, Tag
from apps.knowledge.selectors import dataset_by_id, datasets_of
from weft.http.errors import WeftError, invalid, not_found

MAX_TAGS = 200
MAX_NAME = 50


def tags_of(actor: Actor) -> QuerySet[Tag]:
    """All of the workspace, each with `dataset_count`: how many datasets that the actor sees bear it."""
    seen = Q(datasets__in=datasets_of(actor).values("id"))
    counted = Tag.objects.filter(workspace_id=actor.workspace_id).annotate(
        dataset_count=Count("datasets", filter=seen, distinct=True)
    )
    return counted.order_by("name", "id")


def tags_of_dataset(actor: Actor, dataset_id: UUID) -> list[Tag]:
    return list(dataset_by_id(actor, dataset_id).tags.order_by("name", "id"))


def create_tag(actor: Actor, name: str) -> Tag:
    require(actor, Role.EDITOR)
    name = _checked(name)
    if Tag.objects.filter(workspace_id=actor.workspace_id).count() >= MAX_TAGS:
        message = f"A workspace has at most {MAX_TAGS} tags. Delete one first."
        raise invalid("name", message, "tags_too_many", max=MAX_TAGS)
    try:
        with transaction.atomic():
            tag = Tag.objects.create(workspace_id=actor.workspace_id, name=name)
            record(actor.workspace_id, actor.user, "tag.create", name)
    except IntegrityError as exc:
        raise _taken(name) from exc
    return tag


def rename_tag(actor: Actor, tag_id: UUID, name: str) -> Tag:
    require(actor, Role.EDITOR)
    tag = _tag(actor, tag_id)
    tag.name = _checked(name)
    try:
        with transaction.atomic():
            tag.save(update_fields=["name", "updated_at"])
            record(actor.workspace_id, actor.user, "tag.rename", tag.name)
    except IntegrityError as exc:
        raise _taken(tag.name) from exc
    return tag


@transaction.atomic
def delete_tag(actor: Actor, tag_id: UUID) -> None:
    """Datasets that bore it lose it."""
    require(actor, Role.EDITOR)
    tag = _tag(actor, tag_id)
    record(actor.workspace_id, actor.user, "tag.delete", tag.name)
    tag.delete()


def bind(actor: Actor, dataset_id: UUID, tag_ids: Sequence[UUID]) -> None:
    """Tags that the dataset bears already stay as they are."""
    dataset, tags = _both(actor, dataset_id, tag_ids)
    dataset.tags.add(*tags)


def unbind(actor: Actor, dataset_id: UUID, tag_ids: Sequence[UUID]) -> None:
    dataset, tags = _both(actor, dataset_id, tag_ids)
    dataset.tags.remove(*tags)


def set_tags(actor: Actor, dataset_id: UUID, tag_ids: Sequence[UUID]) -> list[Tag]:
    """These and no others."""
    dataset, tags = _both(actor, dataset_id, tag_ids)
    dataset.tags.set(tags)
    return tags_of_dataset(actor, dataset_id)


def _both(actor: Actor, dataset_id: UUID, tag_ids: Sequence[UUID]) -> tuple[Dataset, list[Tag]]:
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    found = Tag.objects.filter(workspace_id=actor.workspace_id).in_bulk(list(tag_ids))
    if len(found) < len(set(tag_ids)):
        raise not_found("tag")
    return dataset, list(found.values())


def _tag(actor: Actor, tag_id: UUID) -> Tag:
    tag = Tag.objects.filter(workspace_id=actor.workspace_id, id=tag_id).first()
    if tag is None:
        raise not_found("tag")
    return tag


def _checked(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME:
        message = f"A tag's name has from 1 to {MAX_NAME} characters."
        raise invalid("name", message, "tag_name_length", max=MAX_NAME)
    return name


def _taken(name: str) -> WeftError:
    return invalid("name", f"There is a tag named {name!r} already.", "name_taken", name=name)
