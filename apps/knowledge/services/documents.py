"""Documents: adding, replacing, describing and deleting them. What a worker does with them, `control` says."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.knowledge import index, metadata_values, progress
from apps.knowledge import processing as settings
from apps.knowledge.models import Chunk, Connector, Dataset, Document, Source
from apps.knowledge.selectors import dataset_by_id, document_by_id
from apps.knowledge.services.control import locked, queue_anew
from apps.knowledge.services.uploads import Upload, clean_name, let_go, mime_type_of, stored
from weft.db import locks
from weft.http.errors import WeftError, invalid

MAX_AT_ONCE = 1000


def add_documents(
    actor: Actor,
    dataset_id: UUID,
    uploads: Iterable[Upload],
    *,
    processing: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    batch: str = "",
    source: Source = Source.FILE,
) -> list[Document]:
    """Store the files and queue them. One file that is refused refuses all, before anything is stored.

    `processing` are settings for these documents alone. They share `batch`; without one they get a new one.
    """
    require(actor, Role.EDITOR)
    dataset = own_dataset(actor, dataset_id)
    files = [(clean_name(upload.name), upload) for upload in uploads]
    if not files:
        raise invalid("file", "Choose at least one file to upload.", "file_missing")
    types = [upload.mime_type for _, upload in files]
    facts = {
        "processing": checked_processing(processing),
        "metadata": metadata_values.merged(dataset, {}, metadata or {}),
        "batch": batch or new_batch(),
        "source": source,
    }
    return [
        _add(actor, dataset, name, upload, {**facts, "mime_type": mime_type})
        for (name, upload), mime_type in zip(files, types, strict=True)
    ]


def add_text_document(
    actor: Actor,
    dataset_id: UUID,
    *,
    name: str,
    text: str,
    processing: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    batch: str = "",
) -> Document:
    """A document from text that was typed or sent, kept as a Markdown file. Its name is its own."""
    upload = Upload(name, [text.encode()], is_text=True)
    return add_documents(
        actor,
        dataset_id,
        [upload],
        processing=processing,
        metadata=metadata,
        batch=batch,
        source=Source.TEXT,
    )[0]


def add_item(actor: Actor, connector: Connector, upload: Upload, *, url: str, revision: str) -> Document:
    """A document that a connector found, and will look after. Raises `connector_item_taken` where there is one."""
    require(actor, Role.EDITOR)
    name = clean_name(upload.name)
    facts = {
        "mime_type": mime_type_of(name),
        "source": Source.CONNECTOR if connector.kind == "folder" else Source.WEB,
        "source_url": url,
        "source_revision": revision,
        "connector": connector,
        "batch": new_batch(),
    }
    try:
        return _add(actor, connector.dataset, name, upload, facts)
    except IntegrityError as exc:
        message = f"The connector {connector.name} has a document of {url} already: another look has just added it."
        raise WeftError("connector_item_taken", message, 409) from exc


def replace_file(
    actor: Actor, document_id: UUID, upload: Upload, *, keep_edits: bool = True, revision: str = ""
) -> Document:
    """Give the document another file and read it anew. Chunks whose text stays keep their ids and their vectors.

    Chunks that people wrote or changed stay, unless `keep_edits` is false; those whose passage is gone from the file
    are named in the document's warnings. A worker that reads the old file is stopped by its lease.
    """
    require(actor, Role.EDITOR)
    before = document_by_id(actor, document_id)
    name = clean_name(upload.name) if upload.name else before.name
    mime_type = replace(upload, name=name).mime_type
    with stored(name, upload.parts, rows=partial(locked, actor, document_id)) as file:
        document = locked(actor, document_id)
        old_path = document.path
        document.name, document.mime_type = name, mime_type
        if upload.is_text or document.source == Source.TEXT:
            document.source = Source.TEXT if upload.is_text else Source.FILE
        document.path, document.sha256, document.size_bytes = file.path, file.sha256, file.size_bytes
        document.source_revision = revision or document.source_revision
        if not keep_edits:
            _drop_edits(document)
        queue_anew(document)
        record(actor.workspace_id, actor.user, "document.replace", name, dataset=str(document.dataset_id))
        if old_path != file.path:
            let_go(old_path)
    return document


def replace_text(
    actor: Actor, document_id: UUID, *, text: str, name: str | None = None, keep_edits: bool = True
) -> Document:
    """The same with text. A document that was a file of another type becomes a Markdown file."""
    upload = Upload(name or "", [text.encode()], is_text=True)
    return replace_file(actor, document_id, upload, keep_edits=keep_edits)


@transaction.atomic
def rename_document(actor: Actor, document_id: UUID, name: str) -> Document:
    """The name that lists and citations show. A file's extension stays what it is: it says how the file is read."""
    require(actor, Role.EDITOR)
    document = locked(actor, document_id)
    wanted = clean_name(name)
    if document.source != Source.TEXT and mime_type_of(document.name) != _mime_or_none(wanted):
        wanted = clean_name(f"{wanted}.{document.name.rpartition('.')[2]}")
    document.name = wanted
    return _saved(document, "name")


@transaction.atomic
def set_processing(actor: Actor, document_id: UUID, processing: Mapping[str, Any] | None) -> Document:
    """Settings of this document alone (None: the dataset's), and read anew with them."""
    require(actor, Role.EDITOR)
    document = locked(actor, document_id)
    document.processing = checked_processing(processing)
    queue_anew(document)
    return document


@transaction.atomic
def set_metadata(actor: Actor, document_id: UUID, values: Mapping[str, Any], *, keep_others: bool = True) -> Document:
    """Values by the name of their field; None takes a value away. Without `keep_others` what is not named goes too."""
    require(actor, Role.EDITOR)
    document = locked(actor, document_id)
    metadata_values.set_by_hand(document, values, keep_others=keep_others)
    return _saved(document, "metadata", "extracted")


def set_documents_enabled(
    actor: Actor, dataset_id: UUID, document_ids: Sequence[UUID], enabled: bool
) -> list[Document]:
    """Disabled documents keep everything and are not found."""
    return _set_flag(actor, dataset_id, document_ids, "is_enabled", enabled)


def set_documents_archived(
    actor: Actor, dataset_id: UUID, document_ids: Sequence[UUID], archived: bool
) -> list[Document]:
    """Archived documents are not found, and lists show them apart."""
    return _set_flag(actor, dataset_id, document_ids, "is_archived", archived)


def delete_document(actor: Actor, document_id: UUID) -> None:
    require(actor, Role.EDITOR)
    delete_documents(actor, document_by_id(actor, document_id).dataset_id, [document_id])


@transaction.atomic
def delete_documents(actor: Actor, dataset_id: UUID, document_ids: Sequence[UUID]) -> None:
    """Rows and files go now, vectors right after the commit (again later, should the store be away)."""
    require(actor, Role.EDITOR)
    documents = _rows(actor, dataset_id, document_ids)
    lock_files(documents)
    for document in documents:
        record(actor.workspace_id, actor.user, "document.delete", document.name)
        delete_row(document)


def lock_files(documents: Iterable[Document]) -> None:
    """The files of rows that are locked. Everywhere rows come first, by id, and then files, by their content's hash."""
    for sha256 in sorted({each.sha256 for each in documents}):
        locks.lock_file(sha256)


def delete_row(document: Document) -> None:
    """The row, its chunks and its text; the file too when no other document has it. Its row is
    locked."""
    locks.lock_file(document.sha256)
    path, dataset_id, document_id = document.path, document.dataset_id, document.id
    document.delete()
    let_go(path)
    index.drop_document(dataset_id, document_id)
    transaction.on_commit(partial(progress.publish_removed, dataset_id, document_id))


def new_batch() -> str:
    """A name for documents that come in one request, in the order of time."""
    return f"{timezone.now():%Y%m%d%H%M%S}{secrets.randbelow(10**6):06d}"


def checked_processing(processing: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Raises `processing_setting_invalid`."""
    return None if processing is None else settings.checked(processing).model_dump(mode="json")


def _add(actor: Actor, dataset: Dataset, name: str, upload: Upload, facts: Mapping[str, Any]) -> Document:
    with stored(name, upload.parts) as file:
        document = Document(
            dataset=dataset,
            name=name,
            size_bytes=file.size_bytes,
            path=file.path,
            sha256=file.sha256,
            created_by=actor.user,
            **facts,
        )
        queue_anew(document)
        record(actor.workspace_id, actor.user, "document.create", name, dataset=str(dataset.id))
    return document


def own_dataset(actor: Actor, dataset_id: UUID) -> Dataset:
    dataset = dataset_by_id(actor, dataset_id)
    if dataset.external_service_id is not None:
        message = f"{dataset.name} is answered by another service: its documents are kept there."
        raise WeftError("dataset_external", message, 409, details={"dataset": dataset.name})
    return dataset


def _drop_edits(document: Document) -> None:
    from apps.knowledge.services.chunks import drop_chunks  # chunks import documents' rows

    edited = Chunk.objects.filter(document=document, is_edited=True)
    drop_chunks(document, list(edited.values_list("id", flat=True)))


@transaction.atomic
def _set_flag(actor: Actor, dataset_id: UUID, ids: Sequence[UUID], name: str, value: bool) -> list[Document]:
    require(actor, Role.EDITOR)
    documents = _rows(actor, dataset_id, ids)
    for document in documents:
        setattr(document, name, value)
        _saved(document, name)
    return documents


def _rows(actor: Actor, dataset_id: UUID, ids: Sequence[UUID]) -> list[Document]:
    """The documents, locked. One that is not in the dataset refuses all."""
    dataset = dataset_by_id(actor, dataset_id)
    if len(ids) > MAX_AT_ONCE:
        message = f"At most {MAX_AT_ONCE} documents can be changed at once."
        raise invalid("ids", message, "too_many", max=MAX_AT_ONCE)
    wanted = set(ids)
    rows = list(Document.objects.select_for_update().filter(dataset=dataset, id__in=wanted).order_by("id"))
    if len(rows) < len(wanted):
        missing = sorted(wanted - {row.id for row in rows}, key=str)
        message = f"There is no document {missing[0]} in {dataset.name}."
        raise invalid("ids", message, "document_unknown", dataset=dataset.name)
    return rows


def _saved(document: Document, *names: str) -> Document:
    document.save(update_fields=[*names, "updated_at"])
    index.touch(document.dataset_id)
    transaction.on_commit(partial(progress.publish, document))
    return document


def _mime_or_none(name: str) -> str | None:
    try:
        return mime_type_of(name)
    except WeftError:
        return None
