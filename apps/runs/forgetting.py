"""What nobody needs any more does not stay for ever: old runs, where their owner wants that, and files without a run.

Knows rows and bytes. A file that a run refers to stays as long as the run, for whoever reads the run again; large
values of a run go with it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.runs import blobs, hooks
from apps.runs.models import ConversationVariable, Run, UploadedFile
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


def forget_runs() -> int:
    """Delete runs that ended more than RUN_KEEP_DAYS ago, with their logs, and what only they use. Returns how many;
    more may be left.
    """
    if settings.RUN_KEEP_DAYS <= 0:
        return 0
    oldest = timezone.now() - timedelta(days=settings.RUN_KEEP_DAYS)
    rows = Run.objects.filter(finished_at__lt=oldest, lease_expires_at=None).order_by("finished_at")
    run_ids = list(rows.values_list("id", flat=True)[:BATCH])
    for run_id in run_ids:
        _forget_run(run_id)
    if run_ids:
        log.info("Forgot %d runs", len(run_ids))
    if len(run_ids) < BATCH:
        _forget_what_was_remembered(oldest)
        for hook in hooks.runs_forgotten:
            hook(oldest)
    return len(run_ids)


def _forget_what_was_remembered(oldest: datetime) -> None:
    """Variables of conversations that have no run any more."""
    talking = Run.objects.filter(conversation_id=OuterRef("conversation_id"))
    ConversationVariable.objects.filter(~Exists(talking), updated_at__lt=oldest).delete()


@transaction.atomic
def _forget_run(run_id: UUID) -> None:
    blobs.forget(run_id)
    Run.objects.filter(id=run_id).delete()


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
