"""The children of a parent whose text was changed, cut anew as its document's settings say."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from apps.accounts.models import Role
from apps.accounts.services import Actor, require
from apps.knowledge import chunking
from apps.knowledge.models import Chunk, ChunkKind
from apps.knowledge.processing import ParentChild, Processing, effective
from apps.knowledge.selectors import chunk_by_id
from apps.knowledge.services.chunks import MAX_AT_ONCE, add_child, delete_chunks
from weft.http.errors import WeftError
from workflows.documents.blocks import Block


@transaction.atomic
def regenerate_children(actor: Actor, parent_id: UUID) -> list[Chunk]:
    """Children that people wrote go as well: the parent's text is what there is to find."""
    require(actor, Role.EDITOR)
    parent = chunk_by_id(actor, parent_id)
    if parent.kind != ChunkKind.PARENT:
        message = f"{parent.document.name} has no parent chunks here: only a parent can have children."
        raise WeftError("chunk_not_parent", message, 409)
    old = list(parent.children.values_list("id", flat=True))
    for first in range(0, len(old), MAX_AT_ONCE):
        delete_chunks(actor, parent.document_id, old[first : first + MAX_AT_ONCE])
    return [add_child(actor, parent_id, text) for text in _cut(parent)]


def _cut(parent: Chunk) -> list[str]:
    chunker = effective(parent.document.dataset.processing, parent.document.processing).chunker
    rule = chunker if isinstance(chunker, ParentChild) else ParentChild()
    whole = Processing(chunker=rule.model_copy(update={"parent": "full"}))
    made = chunking.chunk([Block(kind="text", text=parent.content)], whole)
    return [each.content for each in made.chunks if each.kind == "child"] or [parent.content]
