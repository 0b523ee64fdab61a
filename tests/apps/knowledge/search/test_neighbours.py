"""Neighbours of a child are the children beside it under the same parent, as long as they are searched at all."""

from __future__ import annotations

import pytest

from apps.knowledge.models import Chunk, ChunkKind, Dataset, Document, Stage
from apps.knowledge.search import rows
from tests.apps.knowledge.search.handbook import make_chunk

pytestmark = pytest.mark.django_db


def _family(document: Document, number: int) -> list[Chunk]:
    parent = make_chunk(document, f"Parent {number}.", number, kind=ChunkKind.PARENT)
    return [
        make_chunk(document, f"Child {place} of {number}.", place, kind=ChunkKind.CHILD, parent=parent)
        for place in range(4)
    ]


def test_children_neighbour_children_of_their_own_parent(dataset: Dataset) -> None:
    document = Document.objects.create(
        dataset=dataset, name="a.md", size_bytes=1, mime_type="text/markdown", path="a", sha256="a", stage=Stage.READY
    )
    _family(document, 0)
    own = _family(document, 1)
    Chunk.objects.filter(id=own[2].id).update(is_enabled=False)
    parents = [each.parent_id for each in own[:1]]
    shown = rows.passages([own[1].id, *(each for each in parents if each)])

    near = rows.neighbours(list(shown.values()), 1)

    assert [each.content for each in near[own[1].id]] == ["Child 0 of 1.", "Child 1 of 1."]
    assert [each.content for each in near[parents[0]]] == ["Parent 0.", "Parent 1."]  # type: ignore[index]
    Document.objects.filter(id=document.id).update(is_enabled=False)
    assert rows.neighbours(list(shown.values()), 1) == {key: [] for key in shown}
