"""The children of a parent whose text was changed, cut anew as its document's settings say."""

from __future__ import annotations

from uuid import UUID

from apps.accounts.services import Actor
from apps.knowledge import chunking
from apps.knowledge.models import Chunk
from apps.knowledge.processing import ParentChild, Processing, effective
from apps.knowledge.services.chunks import add_children
from workflows.documents.blocks import Block


def regenerate_children(actor: Actor, parent_id: UUID) -> list[Chunk]:
    """Children that people wrote go as well: the parent's text is what there is to find."""
    return add_children(actor, parent_id, _cut, instead=True)


def _cut(parent: Chunk) -> list[str]:
    chunker = effective(parent.document.dataset.processing, parent.document.processing).chunker
    rule = chunker if isinstance(chunker, ParentChild) else ParentChild()
    whole = Processing(chunker=rule.model_copy(update={"parent": "full"}))
    made = chunking.chunk([Block(kind="text", text=parent.content)], whole)
    return [each.content for each in made.chunks if each.kind == "child"] or [parent.content]
