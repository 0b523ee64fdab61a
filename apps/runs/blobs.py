"""Values too large for a log, kept beside it for as long as the run.

The bytes of equal values are stored once; a row says which run has them. Knows rows and bytes; what stands for such a
value in an event is the engine's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from apps.runs.errors import not_found
from apps.runs.models import Blob
from weft.db.locks import lock_file
from weft.http import storage

ROOM = "blobs"
MAX_BYTES = 256 * 1024 * 1024
REFERENCE = "$blob"
MARK = b'"$blob"'


def put(run_id: UUID | str, data: bytes) -> str:
    """Store a value of the run. Its id is the SHA-256 of its bytes."""
    stored = storage.save(ROOM, [data], name="A value of the run", max_bytes=MAX_BYTES)
    with transaction.atomic():
        lock_file(stored.sha256)
        if not storage.locate(stored.path).exists():
            # the last run with this value was forgotten between saving and locking
            stored = storage.save(ROOM, [data], name="A value of the run", max_bytes=MAX_BYTES)
        facts = {"size_bytes": stored.size_bytes, "path": stored.path}
        Blob.objects.get_or_create(run_id=run_id, sha256=stored.sha256, defaults=facts)
    return stored.sha256


def read(run_id: UUID | str, blob_id: str) -> bytes:
    """Raises KeyError for what this run does not have."""
    row = Blob.objects.filter(run_id=run_id, sha256=blob_id).first()
    if row is None:
        raise KeyError(blob_id)
    try:
        return storage.locate(row.path).read_bytes()
    except FileNotFoundError as error:
        raise KeyError(blob_id) from error


def get(run_id: UUID, blob_id: str) -> bytes:
    """The same for a client: 404."""
    try:
        return read(run_id, blob_id)
    except KeyError as error:
        raise not_found("value") from error


def restored(run_id: UUID | str, value: Any) -> Any:
    """The value itself where a reference stands for it; the reference, where the value is gone."""
    if not (isinstance(value, dict) and isinstance(value.get(REFERENCE), str)):
        return value
    try:
        return msgspec.json.decode(read(run_id, value[REFERENCE]))
    except KeyError:
        return value


def restored_all(run_id: UUID | str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The same for each of a run's outputs."""
    return {name: restored(run_id, value) for name, value in values.items()}


def forget(run_id: UUID) -> None:
    """Part of deleting a run, in its transaction: the bytes go once the rows are gone for good."""
    for path in Blob.objects.filter(run_id=run_id).values_list("path", flat=True):
        transaction.on_commit(partial(_delete_bytes, path))


@transaction.atomic
def _delete_bytes(path: str) -> None:
    lock_file(path.rpartition("/")[2])
    if not Blob.objects.filter(path=path).exists():
        storage.delete(path)
