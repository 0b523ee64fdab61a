"""Reading datasets, documents and chunks, always within one workspace. What is invisible is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from apps.knowledge import hooks
from apps.knowledge.models import Chunk, Dataset, Document
from apps.knowledge.shapes import dataset_shape
from weft.http.errors import not_found


def datasets_of(workspace_id: UUID) -> QuerySet[Dataset]:
    return Dataset.objects.filter(workspace_id=workspace_id)


def dataset_by_id(workspace_id: UUID, dataset_id: UUID) -> Dataset:
    dataset = datasets_of(workspace_id).filter(id=dataset_id).first()
    if dataset is None:
        raise not_found("dataset")
    return dataset


def documents_of(dataset: Dataset) -> QuerySet[Document]:
    return Document.objects.filter(dataset=dataset)


def document_by_id(workspace_id: UUID, document_id: UUID) -> Document:
    document = (
        Document.objects.filter(dataset__workspace_id=workspace_id, id=document_id).select_related("dataset").first()
    )
    if document is None:
        raise not_found("document")
    return document


def chunks_of(document: Document) -> QuerySet[Chunk]:
    return Chunk.objects.filter(document=document).defer("terms")


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
