"""Uploaded files that no run was ever given, or whose runs are gone, do not stay for ever.

Knows rows and bytes. A file that a run refers to stays as long as the run, for whoever reads the run again.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.runs.models import UploadedFile
from weft.db.locks import lock_file
from weft.http import storage

BATCH = 1000

log = logging.getLogger(__name__)


def forget_files() -> int:
    """Delete what is older than UPLOAD_KEEP_DAYS and no run's. Returns how many; the rest comes next time."""
    oldest = timezone.now() - timedelta(days=settings.UPLOAD_KEEP_DAYS)
    rows = UploadedFile.objects.filter(created_at__lt=oldest, runs=None).order_by("created_at")
    forgotten = sum(_forget(file_id, path) for file_id, path in rows.values_list("id", "path")[:BATCH])
    if forgotten:
        log.info("Forgot %d uploaded files", forgotten)
    return forgotten


@transaction.atomic
def _forget(file_id: UUID, path: str) -> bool:
    """The row first. A run that is just being started with the file holds it: then it is looked at again after that."""
    row = UploadedFile.objects.select_for_update().filter(id=file_id).first()
    if row is None or row.runs.exists():
        return False
    row.delete()
    transaction.on_commit(partial(_delete_bytes, path))
    return True


@transaction.atomic
def _delete_bytes(path: str) -> None:
    """The bytes once the row is gone for good, and when no other row has them."""
    lock_file(path.rpartition("/")[2])
    if not UploadedFile.objects.filter(path=path).exists():
        storage.delete(path)
