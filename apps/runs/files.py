"""Files given to runs and made by them: stored once, referred to by id, turned into the engine's file values.

Knows rows and values; where the bytes lie is storage's business.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from apps.runs.models import Run, Source, UploadedFile
from weft.db.locks import lock_file
from weft.http import storage
from weft.http.errors import not_found

ROOM = "runs"
# Dify's kinds of file, by the major part of the MIME type; everything else is a document.
KINDS = {"image": "image", "audio": "audio", "video": "video"}


class EndUser(NamedTuple):
    """Somebody outside: a name means something only within one app, and there in one population."""

    app_id: UUID
    source: Source
    name: str


def upload(
    workspace_id: UUID, *, name: str, parts: Callable[[], Iterable[bytes]], by: EndUser | None = None
) -> UploadedFile:
    """Store a file of an end user, or (None) of a member. Raises `upload_too_large` and then keeps nothing.

    `parts` gives the bytes from their beginning, each time it is called.
    """
    clean = PurePath(name.replace("\\", "/")).name[-300:] or "file"
    stored = storage.save(ROOM, parts(), name=clean, max_bytes=settings.MAX_UPLOAD_BYTES)
    with transaction.atomic():
        lock_file(stored.sha256)
        if not storage.locate(stored.path).exists():
            # the last file with this content was forgotten between saving and locking
            stored = storage.save(ROOM, parts(), name=clean, max_bytes=settings.MAX_UPLOAD_BYTES)
        return UploadedFile.objects.create(
            workspace_id=workspace_id,
            app_id=by.app_id if by else None,
            source=by.source if by else Source.EDITOR,
            end_user=by.name if by else "",
            name=clean,
            size_bytes=stored.size_bytes,
            mime_type=mimetypes.guess_type(clean)[0] or "application/octet-stream",
            path=stored.path,
        )


def keep(workspace_id: UUID, run_id: UUID, name: str, mime_type: str, data: bytes) -> dict[str, Any]:
    """Store a file that a run made, for as long as the run and for whom it runs; its value. Raises
    `upload_too_large`.
    """
    run = Run.objects.get(workspace_id=workspace_id, id=run_id)
    by = EndUser(run.app_id, Source(run.source), run.end_user) if run.end_user else None
    row = upload(workspace_id, name=name, parts=lambda: iter([data]), by=by)
    row.mime_type = mime_type[:120] or row.mime_type
    row.save(update_fields=["mime_type"])
    row.runs.add(run)
    return file_value(row)


def resolve(workspace_id: UUID, file_id: Any) -> UploadedFile | None:
    """The file of this workspace, or None."""
    return _found(workspace_id, file_id).first()


def file_of(run: Run, file_id: UUID) -> UploadedFile:
    """A file that the run was given, or has made. Raises 404."""
    row = run.uploads.filter(id=file_id).first()
    if row is None:
        raise not_found("file")
    return row


def hold(workspace_id: UUID, file_id: Any, *, of: EndUser | None) -> UploadedFile | None:
    """The file for a run, or None; it is not forgotten until the transaction ends.

    With `of`, only a file that this very person uploaded.
    """
    rows = _found(workspace_id, file_id).select_for_update(no_key=True)
    if of is not None:
        rows = rows.filter(app_id=of.app_id, source__in=of.source.population, end_user=of.name)
    return rows.first()


def count_of(by: EndUser) -> int:
    """How many files somebody outside has given."""
    return UploadedFile.objects.filter(app_id=by.app_id, source=by.source, end_user=by.name).count()


def _found(workspace_id: UUID, file_id: Any) -> QuerySet[UploadedFile]:
    try:
        return UploadedFile.objects.filter(workspace_id=workspace_id, id=UUID(str(file_id)))
    except ValueError:
        return UploadedFile.objects.none()


def file_value(row: UploadedFile) -> dict[str, Any]:
    """The file as nodes see it."""
    return {
        "type": KINDS.get(row.mime_type.partition("/")[0], "document"),
        "transfer_method": "local_file",
        "related_id": str(row.id),
        "filename": row.name,
        "extension": PurePath(row.name).suffix.lower(),
        "mime_type": row.mime_type,
        "size": row.size_bytes,
        "url": "",
    }


def read(workspace_id: UUID, file_id: Any) -> bytes:
    """The bytes of an uploaded file. Raises FileNotFoundError."""
    row = resolve(workspace_id, file_id)
    if row is None:
        raise _missing(file_id)
    return storage.locate(row.path).read_bytes()


def read_for(run_id: UUID | str, file_id: Any) -> bytes:
    """The same for a run, which may have been handed a file's id as plain data.

    A run from outside reads what it was given or has made, and what its end user has given to other runs of the app,
    as a conversation may remember it. Anybody else's file does not exist: FileNotFoundError.
    """
    run = Run.objects.only("workspace_id", "app_id", "source", "end_user").get(id=run_id)
    row = resolve(run.workspace_id, file_id)
    if row is None or not (run.source == Source.EDITOR or _is_theirs(run, row)):
        raise _missing(file_id)
    return storage.locate(row.path).read_bytes()


def _is_theirs(run: Run, row: UploadedFile) -> bool:
    population = Source(run.source).population
    uploader = (row.app_id, row.end_user)
    if run.end_user and uploader == (run.app_id, run.end_user) and row.source in population:
        return True
    return row.runs.filter(app_id=run.app_id, end_user=run.end_user, source__in=population).exists()


def _missing(file_id: Any) -> FileNotFoundError:
    return FileNotFoundError(f"There is no uploaded file {file_id}.")
