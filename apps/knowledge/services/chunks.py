"""Chunks as people change them: added, edited, switched off, deleted; and the children of a parent.

A change is found by its terms with the commit, and by its vector right after it. What cannot be embedded at once (the
model's server is away, or there is too much of it) makes its document wait for a worker, as a new one does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.knowledge import embedding, index, processing, progress
from apps.knowledge.identity import text_hash
from apps.knowledge.leases import ACTIVE
from apps.knowledge.models import Chunk, ChunkKind, Document, Stage
from apps.knowledge.selectors import chunk_by_id
from apps.knowledge.services.control import locked, queue
from weft.http.errors import WeftError, invalid, not_found

MAX_CHARS = 20_000
MAX_KEYWORDS = 20
MAX_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class NewChunk:
    """`answer` is for documents of questions and answers alone."""

    content: str
    answer: str = ""
    keywords: Sequence[str] = ()


def add_chunks(actor: Actor, document_id: UUID, new: Sequence[NewChunk]) -> list[Chunk]:
    """Chunks after the document's last one, in its own manner: parents with one child each where it has parents."""
    require(actor, Role.EDITOR)
    if not 0 < len(new) <= MAX_AT_ONCE:
        raise invalid("items", f"Give 1 to {MAX_AT_ONCE} chunks at a time.", "too_many", max=MAX_AT_ONCE)
    with transaction.atomic():
        document = _editable(actor, document_id)
        kind = _kind_of(document)
        start = _next_position(document, parent=None)
        chunks = [_new(actor, document, kind, each, start + number) for number, each in enumerate(new)]
        added = list(chunks)
        if kind is ChunkKind.PARENT:
            added += [_child(actor, parent, parent.content, 0) for parent in chunks]
        Chunk.objects.bulk_create(added)
        index.put(document.dataset_id, added)
        record(actor.workspace_id, actor.user, "chunk.create", document.name, count=len(new))
        _changed(document, added)
    return chunks


def update_chunk(
    actor: Actor,
    chunk_id: UUID,
    *,
    content: str | None = None,
    answer: str | None = None,
    keywords: Sequence[str] | None = None,
    is_enabled: bool | None = None,
) -> Chunk:
    """Change what is given. Text that people changed survives reading the document again."""
    require(actor, Role.EDITOR)
    with transaction.atomic():
        chunk, document = _locked_chunk(actor, chunk_id)
        before = text_hash(chunk)
        if content is not None:
            chunk.content = _text(content)
        if answer is not None:
            chunk.answer = _answer(ChunkKind(chunk.kind), answer)
        if keywords is not None:
            chunk.keywords = _keywords(keywords)
        chunk.is_enabled = chunk.is_enabled if is_enabled is None else is_enabled
        is_other_text = text_hash(chunk) != before
        if is_other_text:
            chunk.is_edited, chunk.is_indexed = True, chunk.kind == ChunkKind.PARENT
            chunk.sha256 = text_hash(chunk)
        chunk.save()
        if is_other_text:
            index.put(document.dataset_id, [chunk])
            record(actor.workspace_id, actor.user, "chunk.update", document.name, chunk=str(chunk.id))
        _changed(document, [chunk])
    return chunk


@transaction.atomic
def set_chunks_enabled(actor: Actor, document_id: UUID, chunk_ids: Sequence[UUID], enabled: bool) -> list[Chunk]:
    """Chunks that are switched off keep everything and are not found."""
    require(actor, Role.EDITOR)
    document = locked(actor, document_id)
    chunks = _chunks(document, chunk_ids)
    Chunk.objects.filter(id__in=[chunk.id for chunk in chunks]).update(is_enabled=enabled)
    for chunk in chunks:
        chunk.is_enabled = enabled
    index.touch(document.dataset_id)
    return chunks


@transaction.atomic
def delete_chunks(actor: Actor, document_id: UUID, chunk_ids: Sequence[UUID]) -> None:
    """The chunks, and the children of those that are parents. Reading the document again brings back its own ones."""
    require(actor, Role.EDITOR)
    document = _editable(actor, document_id)
    chunks = _chunks(document, chunk_ids)
    record(actor.workspace_id, actor.user, "chunk.delete", document.name, count=len(chunks))
    drop_chunks(document, [chunk.id for chunk in chunks])
    _changed(document, [])


def add_child(actor: Actor, parent_id: UUID, content: str) -> Chunk:
    """Another passage by which its parent is found."""
    return add_children(actor, parent_id, lambda _: [content])[0]


def add_children(
    actor: Actor, parent_id: UUID, texts: Callable[[Chunk], Sequence[str]], *, instead: bool = False
) -> list[Chunk]:
    """What `texts` makes of the parent, after the children that it has or `instead` of them."""
    require(actor, Role.EDITOR)
    with transaction.atomic():
        parent, document = _locked_chunk(actor, parent_id)
        if parent.kind != ChunkKind.PARENT:
            message = f"{document.name} has no parent chunks here: only a parent can have children."
            raise WeftError("chunk_not_parent", message, 409)
        if instead:
            drop_chunks(document, list(parent.children.values_list("id", flat=True)))
        start = _next_position(document, parent=parent)
        children = [_child(actor, parent, text, start + number) for number, text in enumerate(texts(parent))]
        Chunk.objects.bulk_create(children)
        index.put(document.dataset_id, children)
        record(actor.workspace_id, actor.user, "chunk.create", document.name, parent=str(parent_id))
        _changed(document, children)
    return children


def update_child(actor: Actor, child_id: UUID, content: str) -> Chunk:
    _check_child(actor, child_id)
    return update_chunk(actor, child_id, content=content)


def delete_child(actor: Actor, child_id: UUID) -> None:
    delete_chunks(actor, _check_child(actor, child_id).document_id, [child_id])


def drop_chunks(document: Document, chunk_ids: Sequence[UUID]) -> None:
    """Rows, terms and vectors, children included; within the transaction that holds the document."""
    children = Chunk.objects.filter(parent_id__in=chunk_ids).values_list("id", flat=True)
    ids = list({*chunk_ids, *children})
    Chunk.objects.filter(id__in=ids).delete()
    index.drop(document.dataset_id, ids)


def _changed(document: Document, chunks: Sequence[Chunk]) -> None:
    """Count anew; embed what has to be, after the commit."""
    document.chunk_count = Chunk.objects.filter(document=document).exclude(kind=ChunkKind.CHILD).count()
    document.done, document.total = embedding.counted(document.id)
    document.save(update_fields=["chunk_count", "total", "done", "updated_at"])
    index.touch(document.dataset_id)
    waiting = [chunk for chunk in chunks if not chunk.is_indexed]
    if waiting and document.stage == Stage.READY:
        transaction.on_commit(partial(_embed, document, waiting))
    transaction.on_commit(partial(progress.publish, document))


def _embed(document: Document, chunks: Sequence[Chunk]) -> None:
    if len(chunks) <= embedding.BATCH and embedding.embed_now(document.dataset, chunks):
        return
    with transaction.atomic():
        current = Document.objects.select_for_update().filter(id=document.id, stage=Stage.READY).first()
        if current is not None:
            queue(current)


def _editable(actor: Actor, document_id: UUID) -> Document:
    """The document, locked. While its file is read, nobody knows yet which chunks it will have."""
    document = locked(actor, document_id)
    if document.stage in ACTIVE and not document.fingerprint:
        message = f"{document.name} is being read. Change its chunks when that is done, or pause it first."
        raise WeftError("document_busy", message, 409)
    return document


def _locked_chunk(actor: Actor, chunk_id: UUID) -> tuple[Chunk, Document]:
    document = _editable(actor, chunk_by_id(actor, chunk_id).document_id)
    chunk = Chunk.objects.select_for_update(of=("self",)).filter(id=chunk_id, document=document).first()
    if chunk is None:
        raise not_found("chunk")
    return chunk, document


def _chunks(document: Document, ids: Sequence[UUID]) -> list[Chunk]:
    if len(ids) > MAX_AT_ONCE:
        message = f"At most {MAX_AT_ONCE} chunks can be changed at once."
        raise invalid("ids", message, "too_many", max=MAX_AT_ONCE)
    wanted = set(ids)
    found = list(Chunk.objects.filter(document=document, id__in=wanted).order_by("position", "id"))
    if len(found) < len(wanted):
        missing = sorted(wanted - {chunk.id for chunk in found}, key=str)
        raise invalid("ids", f"There is no chunk {missing[0]} in {document.name}.", "chunk_unknown")
    return found


def _kind_of(document: Document) -> ChunkKind:
    """What an added chunk is: as the document's own ones are, or would be."""
    kinds = set(Chunk.objects.filter(document=document).values_list("kind", flat=True).distinct())
    if not kinds:
        mode = processing.effective(document.dataset.processing, document.processing).chunker.mode
        return {"parent_child": ChunkKind.PARENT, "qa": ChunkKind.PAIR}.get(mode, ChunkKind.PASSAGE)
    return next((kind for kind in (ChunkKind.PARENT, ChunkKind.PAIR) if kind in kinds), ChunkKind.PASSAGE)


def _next_position(document: Document, parent: Chunk | None) -> int:
    siblings = Chunk.objects.filter(document=document, parent=parent)
    last = siblings.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _new(actor: Actor, document: Document, kind: ChunkKind, new: NewChunk, position: int) -> Chunk:
    chunk = Chunk(
        dataset_id=document.dataset_id,
        document=document,
        kind=kind,
        position=position,
        content=_text(new.content),
        answer=_answer(kind, new.answer),
        keywords=_keywords(new.keywords),
        is_edited=True,
        # a parent is shown and not searched
        is_indexed=kind is ChunkKind.PARENT,
        created_by=actor.user,
    )
    chunk.sha256 = text_hash(chunk)
    return chunk


def _child(actor: Actor, parent: Chunk, content: str, position: int) -> Chunk:
    child = _new(actor, parent.document, ChunkKind.CHILD, NewChunk(content), position)
    child.parent, child.headings, child.page = parent, parent.headings, parent.page
    child.sha256 = text_hash(child)
    return child


def _check_child(actor: Actor, child_id: UUID) -> Chunk:
    chunk = chunk_by_id(actor, child_id)
    if chunk.kind != ChunkKind.CHILD:
        raise not_found("child chunk")
    return chunk


def _text(text: str) -> str:
    text = text.replace("\x00", "").strip()
    if not text:
        raise invalid("content", "A chunk needs text.", "chunk_empty")
    if len(text) > MAX_CHARS:
        message = f"A chunk holds at most {MAX_CHARS:,} characters; cut it in two."
        raise invalid("content", message, "chunk_too_long", max=MAX_CHARS)
    return text


def _answer(kind: ChunkKind, answer: str) -> str:
    if kind is ChunkKind.PAIR:
        return _text(answer)
    if answer.strip():
        raise invalid("answer", "Only documents of questions and answers take an answer.", "chunk_without_answer")
    return ""


def _keywords(words: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    if len(found) > MAX_KEYWORDS or any(len(word) > 100 for word in found):
        message = f"A chunk has at most {MAX_KEYWORDS} keywords of at most 100 characters."
        raise invalid("keywords", message, "keywords_too_many")
    return found
