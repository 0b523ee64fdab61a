"""A document's blocks become its chunks: the same text keeps its id, its vector and what people set on it.

Rows are written in batches, each found by its terms with its commit. Only when all are there, those that the document
no longer has go; so a worker that dies in between leaves nothing that the next one does not put right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from apps.knowledge import chunking, identity, index, pair_making, processing
from apps.knowledge.ingestion import memory
from apps.knowledge.ingestion.hold import Hold
from apps.knowledge.made_from import made_from
from apps.knowledge.models import Chunk, ChunkKind, Document, DocumentPart, DocumentText, Stage
from weft.db import bound
from weft.db.text import storable
from workflows.documents import blocks
from workflows.documents.blocks import Block
from workflows.documents.errors import ParseError

T = TypeVar("T")

_BATCH = 500
_KEEP_TEXT = """
INSERT INTO knowledge_documenttext (document_id, text) VALUES (%s, %s)
ON CONFLICT (document_id) DO UPDATE SET text = excluded.text
"""
_PLACE = ["position", "headings", "page", "boxes", "start", "end", "parent"]
_TEXT = ["content", "answer", "keywords", "sha256", "is_indexed"]


@dataclass(frozen=True, slots=True)
class _Old:
    """A chunk that the document has from before."""

    sha256: str
    is_edited: bool
    is_indexed: bool
    parent_id: UUID | None
    place: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The new rows by what has to be done with them. `moved` have their old text at another place."""

    fresh: list[Chunk]
    changed: list[Chunk]
    moved: list[Chunk]
    n_reused: int


@dataclass(frozen=True, slots=True)
class _Made:
    """What the end has to know: the chunks from before, the ids of those there are now, and how many stand in line."""

    old: dict[UUID, _Old]
    ids: set[UUID]
    n_top: int
    n_reused: int


def cut(hold: Hold) -> None:
    """Make the chunks, keep those that were there, and let the parts go. Raises ParseError when there is no text."""
    hold.begin(Stage.CHUNKING)
    kept = _Kept(hold.document)
    settings = processing.effective(hold.dataset.processing, hold.document.processing)
    ask = pair_making.asker(hold.dataset.workspace_id, settings, hold.should_stop)
    made = chunking.chunk(kept.blocks(), settings, ask)
    if not made.chunks:
        raise _nothing(kept, settings)
    rows, text = _rows(hold.document, made.chunks), made.text
    del made
    memory.give_back()
    _adopt(hold.id, rows)
    old = _old(hold.id)
    ids, n_top = {row.id for row in rows}, max((row.position for row in rows if row.parent_id is None), default=-1) + 1
    work = _sort(rows, old)
    del rows
    for group, names in ((work.fresh, []), (work.changed, _TEXT + _PLACE), (work.moved, _PLACE)):
        # parents first: the others point at them
        group.sort(key=lambda row: row.kind != ChunkKind.PARENT)
        while group:
            # rows that are written take no more room
            batch, group[:_BATCH] = group[:_BATCH], []
            _write(hold, batch, names, has_new_text=group is not work.moved)
    memory.give_back()
    _close(hold, text, _Made(old, ids, n_top, work.n_reused), kept)


class _Kept:
    """What was kept of the parts. A long table is never in memory as a whole: its parts are walked one by one, and
    what is to be said of them is known afterwards."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.warnings: list[dict[str, Any]] = []
        self.language = ""
        self.is_empty = True

    def blocks(self) -> Iterator[Block]:
        """Of all parts that could be read."""
        parts = DocumentPart.objects.filter(document=self._document)
        for part_id in parts.order_by("position").values_list("id", flat=True):
            part = parts.get(id=part_id)
            kept: dict[str, Any] = part.blocks or {}
            if error := kept.get("error"):
                self.warnings.append(_of_part(self._document, part, error))
                continue
            self.warnings += kept["warnings"]
            self.language = self.language or kept["language"][:10]
            found = blocks.load(kept["blocks"])
            self.is_empty = self.is_empty and not found
            yield from found


def _nothing(kept: _Kept, settings: processing.Processing) -> ParseError:
    if not kept.is_empty and isinstance(settings.chunker, processing.Pairs):
        message = "It holds no questions with answers. Choose a model that makes them, or another chunker."
        return ParseError("pairs_missing", message)
    return ParseError("parse_empty", "There is no text in the file.")


def _rows(document: Document, drafts: Sequence[chunking.Draft]) -> list[Chunk]:
    identities = identity.Identities(document.id)
    rows: list[Chunk] = []
    positions: dict[int | None, int] = {}
    for draft in drafts:
        # children are counted within their parent
        position = positions.get(draft.parent_index, 0)
        positions[draft.parent_index] = position + 1
        row = Chunk(
            id=identities.next(draft.kind, f"{draft.content}\n{draft.answer}" if draft.answer else draft.content),
            dataset_id=document.dataset_id,
            document_id=document.id,
            kind=draft.kind,
            parent_id=None if draft.parent_index is None else rows[draft.parent_index].id,
            position=position,
            content=storable(draft.content),
            answer=storable(draft.answer),
            keywords=draft.keywords,
            headings=storable(draft.headings),
            page=draft.page,
            boxes=draft.boxes,
            start=draft.start,
            end=draft.end,
            is_indexed=draft.kind == ChunkKind.PARENT.value,
        )
        row.sha256 = identity.text_hash(row)
        rows.append(row)
    return rows


def _adopt(document_id: UUID, rows: Sequence[Chunk]) -> None:
    """An edit stays over its passage though its id does not follow from that (Weft once gave random ones): what stood
    at its place in the text as it was read before tells the passage."""
    ids = {row.id for row in rows}
    edited = Chunk.objects.filter(document_id=document_id, is_edited=True, start__isnull=False)
    others = list(edited.exclude(id__in=ids).order_by("start", "id").values_list("id", "kind", "start", "end"))
    text = DocumentText.objects.filter(document_id=document_id).values_list("text", flat=True).first() if others else ""
    taken = set(Chunk.objects.filter(document_id=document_id, id__in=ids).values_list("id", flat=True))
    passages: dict[tuple[str, str], list[Chunk]] = {}
    for row in rows:
        if row.id not in taken:
            passages.setdefault((row.kind, row.content), []).append(row)
    renamed: dict[UUID, UUID] = {}
    for id_, kind, start, end in others:
        if found := passages.get((kind, (text or "")[start:end])):
            row = min(found, key=lambda each: abs((each.start or 0) - (start or 0)))
            found.remove(row)
            renamed[row.id] = id_
    for row in rows:
        row.id = renamed.get(row.id, row.id)
        row.parent_id = renamed.get(row.parent_id, row.parent_id) if row.parent_id else None


def _old(document_id: UUID) -> dict[UUID, _Old]:
    names = ("id", "sha256", "is_edited", "is_indexed", "parent_id", *_PLACE)
    rows = Chunk.objects.filter(document_id=document_id).values_list(*names)
    return {row[0]: _Old(row[1], row[2], row[3], row[4], tuple(row[5:])) for row in rows.iterator()}


def _sort(rows: Sequence[Chunk], old: dict[UUID, _Old]) -> _Sorted:
    work = _Sorted([], [], [], sum(row.id in old and _stays(row, old[row.id]) for row in rows))
    for row in rows:
        before = old.get(row.id)
        if before is None:
            work.fresh.append(row)
        elif not _stays(row, before):
            work.changed.append(row)
        elif before.place != tuple(getattr(row, "parent_id" if name == "parent" else name) for name in _PLACE):
            work.moved.append(row)
    return work


def _stays(row: Chunk, before: _Old) -> bool:
    """What people wrote over the passage stays in its place; so does a text that is what it was."""
    return before.is_edited or before.sha256 == row.sha256


def _write(hold: Hold, batch: list[Chunk], names: list[str], *, has_new_text: bool) -> None:
    hold.check()
    with hold.commit() as document:
        if names:
            Chunk.objects.bulk_create(batch, update_conflicts=True, update_fields=names, unique_fields=["id"])
        else:
            Chunk.objects.bulk_create(batch)
        if has_new_text:
            index.put(document.dataset_id, batch)
        document.attempts = 0


def _close(
    hold: Hold,
    text: str,
    made: _Made,
    of_parts: _Kept,
) -> None:
    left = {id_: before for id_, before in made.old.items() if id_ not in made.ids}
    kept = {id_ for id_, before in left.items() if before.is_edited}
    # an edited child keeps the parent that it is shown with
    kept |= {before.parent_id for id_, before in left.items() if id_ in kept and before.parent_id is not None}
    gone = [id_ for id_ in left if id_ not in kept]
    kept -= made.ids
    with hold.commit() as document:
        _delete(document, gone)
        _put_last(document, kept, made.n_top)
        bound.execute(_KEEP_TEXT, document.id, storable(text))
        DocumentPart.objects.filter(document=document).delete()
        document.warnings = [*of_parts.warnings, *_of_edits(len(kept))]
        document.language, document.char_count = of_parts.language or document.language, len(text)
        document.chunk_count = Chunk.objects.filter(document=document).exclude(kind=ChunkKind.CHILD).count()
        document.reused_count = made.n_reused
        document.fingerprint = made_from(document)
        document.done = document.total = document.attempts = 0


def _delete(document: Document, ids: Sequence[UUID]) -> None:
    for batch in _batches(ids):
        Chunk.objects.filter(id__in=batch).delete()
        index.drop(document.dataset_id, batch)


def _put_last(document: Document, ids: set[UUID], first: int) -> None:
    """People's chunks that no passage of the document stands behind follow after its own ones."""
    mine = Chunk.objects.filter(document=document, id__in=ids, parent=None).order_by("position", "id")
    for number, chunk in enumerate(mine):
        chunk.position = first + number
        chunk.start = chunk.end = None
        chunk.save(update_fields=["position", "start", "end", "updated_at"])


def _of_part(document: Document, part: DocumentPart, error: dict[str, str]) -> dict[str, Any]:
    if document.page_count is None:
        name, page = f"Part {part.position + 1}", None
    else:
        name = f"Page {part.first}" if part.first == part.last else f"Pages {part.first} to {part.last}"
        page = part.first
    return {"code": error["code"], "message": f"{name} could not be read. {error['message']}", "page": page}


def _of_edits(count: int) -> list[dict[str, Any]]:
    if not count:
        return []
    message = f"{count} chunks that were written or changed by hand have no passage in the file; they were kept."
    return [{"code": "edits_kept", "message": message, "page": None}]


def _batches(items: Sequence[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch
