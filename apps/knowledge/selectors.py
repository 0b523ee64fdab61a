"""Reading datasets, documents and chunks, always as someone of one workspace. What is invisible is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from apps.accounts.models import Membership, Role
from apps.accounts.services import Actor
from apps.knowledge import hooks
from apps.knowledge.models import Chunk, Connector, Dataset, Document, DocumentText, Permission
from apps.knowledge.shapes import dataset_shape
from weft.http.errors import not_found


def datasets_of_workspace(workspace_id: UUID) -> QuerySet[Dataset]:
    """All there are, whoever may see them: for what acts as the workspace."""
    return Dataset.objects.filter(workspace_id=workspace_id).select_related("external_service")


def datasets_of(actor: Actor) -> QuerySet[Dataset]:
    """Those that the actor sees (see `Permission`). Keys and admins see all of the workspace."""
    return datasets_of_workspace(actor.workspace_id).filter(visible(actor, ""))


def datasets_of_any(workspace_id: UUID, user_ids: Sequence[UUID]) -> QuerySet[Dataset]:
    """Those that one of these people sees now, and those for everybody of the workspace. Who left it sees no more."""
    found = Membership.objects.filter(workspace_id=workspace_id, user_id__in=user_ids, user__is_active=True)
    readers = [Actor(each.user, each.workspace, Role(each.role)) for each in found.select_related("user", "workspace")]
    seen = Q(permission=Permission.ALL)
    for reader in readers:
        if reader.may(Role.ADMIN):
            return datasets_of_workspace(workspace_id)
        seen |= visible(reader, "")
    return datasets_of_workspace(workspace_id).filter(seen)


def dataset_by_id(actor: Actor, dataset_id: UUID) -> Dataset:
    dataset = datasets_of(actor).filter(id=dataset_id).first()
    if dataset is None:
        raise not_found("dataset")
    return dataset


def visible(actor: Actor, to_dataset: str) -> Q:
    """The filter of what lies in datasets that the actor sees; `to_dataset` leads from the rows to their dataset."""
    if actor.user is None or actor.may(Role.ADMIN):
        return Q()
    # a subquery, for a join would repeat rows
    listed = Dataset.members.through.objects.filter(user=actor.user).values("dataset_id")
    own = Q(**{f"{to_dataset}created_by": actor.user})
    everybody = Q(**{f"{to_dataset}permission": Permission.ALL})
    chosen = Q(**{f"{to_dataset}permission": Permission.SOME, f"{to_dataset}id__in": listed})
    return own | everybody | chosen


def documents_of(dataset: Dataset) -> QuerySet[Document]:
    return Document.objects.filter(dataset=dataset)


def document_by_id(actor: Actor, document_id: UUID) -> Document:
    seen = Document.objects.filter(visible(actor, "dataset__"), dataset__workspace_id=actor.workspace_id)
    document = seen.filter(id=document_id).select_related("dataset").first()
    if document is None:
        raise not_found("document")
    return document


def connector_by_id(actor: Actor, connector_id: UUID) -> Connector:
    seen = Connector.objects.filter(visible(actor, "dataset__"), dataset__workspace_id=actor.workspace_id)
    connector = seen.filter(id=connector_id).select_related("dataset").first()
    if connector is None:
        raise not_found("connector")
    return connector


def chunk_by_id(actor: Actor, chunk_id: UUID) -> Chunk:
    seen = Chunk.objects.filter(visible(actor, "dataset__"), dataset__workspace_id=actor.workspace_id)
    chunk = seen.filter(id=chunk_id).select_related("document").annotate(child_count=Count("children")).first()
    if chunk is None:
        raise not_found("chunk")
    return chunk


def chunks_of(document: Document) -> QuerySet[Chunk]:
    children = Count("children")
    return Chunk.objects.filter(document=document).annotate(child_count=children)


def children_of(parent: Chunk) -> QuerySet[Chunk]:
    return Chunk.objects.filter(parent=parent)


def with_text(chunks: QuerySet[Chunk], text: str) -> QuerySet[Chunk]:
    """Those that have it anywhere, or whose children do."""
    child = Chunk.objects.filter(parent=OuterRef("pk"), content__icontains=text)
    return chunks.filter(Q(content__icontains=text) | Q(answer__icontains=text) | Exists(child))


def text_of(document: Document) -> str:
    """As it was read; "" before that."""
    return DocumentText.objects.filter(document=document).values_list("text", flat=True).first() or ""


def dataset_shapes(workspace_id: UUID, datasets: Sequence[Dataset]) -> list[dict[str, Any]]:
    """The datasets as clients see them; three queries however many there are."""
    ids = [dataset.id for dataset in datasets]
    counted = Dataset.objects.filter(id__in=ids).annotate(n=Count("documents")).values_list("id", "n")
    documents = dict(counted)
    indexed = Chunk.objects.filter(Q(is_indexed=True), dataset_id__in=ids)
    chunks = dict(indexed.values("dataset_id").annotate(n=Count("id")).values_list("dataset_id", "n"))
    users = hooks.users_of(workspace_id, ids)
    return [
        dataset_shape(each, documents.get(each.id, 0), chunks.get(each.id, 0), users.get(each.id, []))
        for each in datasets
    ]
