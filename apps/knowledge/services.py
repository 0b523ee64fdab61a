"""Datasets and documents: what may be done to them. Searching them is in `retrieval`, reading files in `ingestion`."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.knowledge import index, parser_process, progress
from apps.knowledge.leases import ACTIVE
from apps.knowledge.models import Dataset, Document, Stage
from apps.knowledge.retrieval import retrieve, retrieve_async
from apps.knowledge.selectors import dataset_by_id, document_by_id
from apps.providers.endpoints import BUILTIN
from apps.providers.selectors import providers_of
from weft.db import locks
from weft.http import storage
from weft.http.errors import WeftError, invalid

__all__ = [
    "Parts",
    "Upload",
    "add_documents",
    "add_text",
    "cancel_document",
    "create_dataset",
    "delete_dataset",
    "delete_document",
    "resume_document",
    "retrieve",
    "retrieve_async",
    "update_dataset",
]

logger = logging.getLogger(__name__)

ROOM = "documents"
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]|[\\/]")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that arrives. `parts` can be walked more than once."""

    name: str
    parts: Iterable[bytes]


class Parts:
    """A file's bytes, read from the beginning each time they are walked; never the whole file at once."""

    def __init__(self, read: Callable[[], Iterator[bytes]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[bytes]:
        return self._read()


def create_dataset(
    actor: Actor,
    *,
    name: str,
    description: str = "",
    embedding_provider: str = BUILTIN,
    embedding_model: str = "all-MiniLM-L6-v2",
) -> Dataset:
    require(actor, Role.EDITOR)
    if embedding_provider != BUILTIN and not providers_of(actor.workspace_id).filter(slug=embedding_provider).exists():
        message = f"There is no model provider {embedding_provider!r}; add it under Models first."
        raise invalid("embedding_provider", message, "model_provider_unknown")
    try:
        with transaction.atomic():
            dataset = Dataset.objects.create(
                workspace=actor.workspace,
                name=name,
                description=description,
                embedding_provider=embedding_provider,
                embedding_model=embedding_model,
                created_by=actor.user,
            )
            record(actor.workspace_id, actor.user, "dataset.create", name)
    except IntegrityError as exc:
        raise _name_taken(name) from exc
    return dataset


def update_dataset(
    actor: Actor, dataset_id: UUID, *, name: str | None = None, description: str | None = None
) -> Dataset:
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    dataset.name = dataset.name if name is None else name
    dataset.description = dataset.description if description is None else description
    try:
        with transaction.atomic():
            dataset.save(update_fields=["name", "description", "updated_at"])
    except IntegrityError as exc:
        raise _name_taken(dataset.name) from exc
    return dataset


@transaction.atomic
def delete_dataset(actor: Actor, dataset_id: UUID) -> None:
    """Rows and files go now, the collection right after the commit (again later, should the store be away)."""
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    for document in dataset.documents.order_by("sha256"):
        _delete_row(document)
    record(actor.workspace_id, actor.user, "dataset.delete", dataset.name)
    index.drop_dataset(dataset)
    dataset.delete()


def add_documents(actor: Actor, dataset_id: UUID, uploads: Iterable[Upload]) -> list[Document]:
    """Store the files and queue them. One file that is refused refuses all, before anything is stored."""
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    files = [(_clean_name(upload.name), upload) for upload in uploads]
    if not files:
        raise invalid("file", "Choose at least one file to upload.", "file_missing")
    for name, _ in files:
        _check_type(name)
    return [_add(actor, dataset, name, upload) for name, upload in files]


def add_text(actor: Actor, dataset_id: UUID, *, name: str, text: str) -> Document:
    """A document from text that was typed or sent, kept as a Markdown file."""
    name = name if parser_process.extension_of(name) in ("txt", "md") else f"{name}.md"
    return add_documents(actor, dataset_id, [Upload(name, [text.encode()])])[0]


@transaction.atomic
def delete_document(actor: Actor, document_id: UUID) -> None:
    require(actor, Role.EDITOR)
    document = document_by_id(actor, document_id)
    record(actor.workspace_id, actor.user, "document.delete", document.name)
    _delete_row(document)
    # last: the dataset's row is locked after its documents' rows, everywhere
    index.drop_document(document.dataset_id, document_id)


@transaction.atomic
def cancel_document(actor: Actor, document_id: UUID) -> Document:
    """Ask the worker to stop; a document that still waits is cancelled here. Nothing that was finished changes."""
    require(actor, Role.EDITOR)
    document = _locked(actor, document_id)
    if document.stage in ACTIVE:
        waiting = document.lease_expires_at is None
        document.cancel_requested = not waiting
        document.stage = Stage.CANCELLED if waiting else document.stage
        document.save(update_fields=["cancel_requested", "stage", "updated_at"])
        transaction.on_commit(partial(progress.publish, document))
    return document


@transaction.atomic
def resume_document(actor: Actor, document_id: UUID) -> Document:
    """Go on from the last committed batch. A document that is on its way, or ready, is left alone."""
    require(actor, Role.EDITOR)
    document = _locked(actor, document_id)
    if document.stage in (Stage.FAILED, Stage.CANCELLED):
        document.stage = Stage.QUEUED
        document.error_code = document.error_message = ""
        document.cancel_requested = False
        document.attempts = 0
        document.lease_expires_at = None
        document.save()
        transaction.on_commit(partial(_dispatch, document))
    return document


def _add(actor: Actor, dataset: Dataset, name: str, upload: Upload) -> Document:
    stored = storage.save(ROOM, upload.parts, name=name, max_bytes=settings.MAX_UPLOAD_BYTES)
    with transaction.atomic():
        locks.lock_file(stored.sha256)
        if not storage.locate(stored.path).exists():
            # The last document with this content was deleted between saving and locking.
            stored = storage.save(ROOM, upload.parts, name=name, max_bytes=settings.MAX_UPLOAD_BYTES)
        document = Document.objects.create(
            dataset=dataset,
            name=name,
            size_bytes=stored.size_bytes,
            mime_type=parser_process.FORMATS[parser_process.extension_of(name)][1],
            path=stored.path,
            sha256=stored.sha256,
            created_by=actor.user,
        )
        record(actor.workspace_id, actor.user, "document.create", name, dataset=str(dataset.id))
        transaction.on_commit(partial(_dispatch, document))
    return document


def _delete_row(document: Document) -> None:
    """The row, its chunks and its text; the file too when no other document has it."""
    locks.lock_file(document.sha256)
    path, dataset_id, document_id = document.path, document.dataset_id, document.id
    document.delete()
    if not Document.objects.filter(path=path).exists():
        transaction.on_commit(partial(_delete_file, path))
    transaction.on_commit(partial(progress.publish_removed, dataset_id, document_id))


@transaction.atomic
def _delete_file(path: str) -> None:
    locks.lock_file(path.rpartition("/")[2])
    if not Document.objects.filter(path=path).exists():
        storage.delete(path)


def _locked(actor: Actor, document_id: UUID) -> Document:
    document_by_id(actor, document_id)
    return Document.objects.select_for_update().get(id=document_id)


def _dispatch(document: Document) -> None:
    from apps.knowledge import tasks  # tasks import services

    try:
        tasks.ingest_document.delay(str(document.id))
    except Exception:
        # the document is stored: the sweep sends its message again
        logger.exception("The message for document %s could not be sent", document.id)
    progress.publish(document)


def _clean_name(name: str) -> str:
    name = unicodedata.normalize("NFC", _UNSAFE.sub("_", name.replace("\\", "/").rpartition("/")[2])).strip(" .")
    stem, dot, extension = name.rpartition(".")
    return f"{stem[: 299 - len(extension)]}{dot}{extension}"[:300] or "unnamed"


def _check_type(name: str) -> None:
    if parser_process.extension_of(name) not in parser_process.FORMATS:
        known = ", ".join(f".{each}" for each in parser_process.FORMATS)
        message = f"{name} is of a type that Weft does not read. It reads {known}."
        raise WeftError("file_type_unsupported", message, 422, field="file")


def _name_taken(name: str) -> WeftError:
    return invalid("name", f"There is a dataset named {name!r} already.", "name_taken")
