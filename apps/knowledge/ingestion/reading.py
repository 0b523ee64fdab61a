"""A document's parts and their blocks: outlined once, then read by as many workers as are free.

The worker that has the document waits for the others; a part whose worker died is read again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.knowledge import parser_process, progress, scheduling
from apps.knowledge.dispatch import send
from apps.knowledge.ingestion import parsers
from apps.knowledge.ingestion.hold import Hold
from apps.knowledge.leases import ACTIVE, UNTOUCHED, Heartbeat, acquire_part
from apps.knowledge.models import Document, DocumentPart, Stage
from weft.db.aio import release
from weft.db.text import storable
from workflows.documents.errors import ParseError

# How many more workers than the one that has it may read a document at once.
MAX_HELPERS = 3
MAX_PART_ATTEMPTS = 3
_POLL_S = 0.2


def read(hold: Hold) -> None:
    """All parts, as far as they can be read. Raises ParseError when none can."""
    hold.begin(Stage.PARSING)
    if not DocumentPart.objects.filter(document_id=hold.id).exists():
        _outline(hold)
        hold.breathe()
    _call_helpers(hold.document)
    unread = DocumentPart.objects.filter(document_id=hold.id, blocks__isnull=True)
    while unread.exists():
        if not read_one(hold.document, hold.should_stop, holder=hold.token):
            # the rest is in others' hands; should one of them die, its part is free again in a while
            time.sleep(_POLL_S)
        hold.breathe()
    _check_errors(hold.id)


def help_out(document_id: UUID) -> None:
    """Read parts of a document that another worker has, until none is left or somebody waits for a worker."""
    while True:
        wanted = Document.objects.filter(UNTOUCHED, id=document_id, stage__in=ACTIVE)
        document = wanted.select_related("dataset").first()
        if document is None:
            return
        began = time.monotonic()
        try:
            if not read_one(document):
                return
        except parser_process.Stopped:
            return
        scheduling.spent(document.dataset.workspace_id, document.dataset_id, time.monotonic() - began)
        if scheduling.should_yield(document):
            _send_helper(document_id)
            return


def read_one(document: Document, should_stop: Callable[[], bool] = lambda: False, *, holder: int | None = None) -> bool:
    """Read one part that is free, of the file that `document` names. False when there is none. Raises Stopped, with
    the part given back. `holder` is the token of the one who has the document itself."""
    if (taken := acquire_part(document)) is None:
        return False
    part, token = taken
    mine = DocumentPart.objects.filter(id=part.id, lease_token=token)
    with Heartbeat.of_part(part, token) as heartbeat:
        try:
            found = _found(document, part, lambda: heartbeat.should_stop() or should_stop())
        except parser_process.Stopped:
            mine.update(lease_expires_at=None)
            raise
        with transaction.atomic():
            owners = Document.objects.select_for_update().filter(id=document.id, sha256=document.sha256)
            owner = (owners if holder is None else owners.filter(lease_token=holder)).first()
            if owner is None or not mine.update(blocks=storable(found), lease_expires_at=None):
                raise parser_process.Stopped
            owner.done = DocumentPart.objects.filter(document=owner).filter(blocks__isnull=False).count()
            owner.attempts = 0
            owner.save(update_fields=["done", "attempts", "updated_at"])
    progress.publish(owner)
    return True


def _found(document: Document, part: DocumentPart, should_stop: Callable[[], bool]) -> dict[str, Any]:
    """What is kept of a part: its blocks and warnings, or why it cannot be read."""
    if part.attempts > MAX_PART_ATTEMPTS:
        message = f"Reading it stopped its worker {MAX_PART_ATTEMPTS} times. Save the file in another format."
        return {"error": {"code": "parse_crashed", "message": message}}
    release()
    try:
        return parsers.read(document, part, should_stop)
    except ParseError as exc:
        return {"error": {"code": exc.code, "message": exc.message}}


def _outline(hold: Hold) -> None:
    outline = parsers.outline(hold.document, hold.should_stop)
    with hold.commit() as document:
        ranges = enumerate(outline.parts)
        rows = [DocumentPart(document=document, position=i, first=first, last=last) for i, (first, last) in ranges]
        DocumentPart.objects.bulk_create(rows)
        document.page_count = outline.count if outline.unit == "page" else None
        document.rank = max(document.rank, scheduling.rank_of_parts(len(rows)))
        document.done, document.total = 0, len(rows)
        document.started_done = 0


def _check_errors(document_id: UUID) -> None:
    parts = DocumentPart.objects.filter(document_id=document_id)
    failed = parts.filter(blocks__has_key="error").order_by("position")
    first = failed.values_list("blocks__error", flat=True).first()
    if first is not None and failed.count() == parts.count():
        raise ParseError(first["code"], first["message"])


def _call_helpers(document: Document) -> None:
    unread = DocumentPart.objects.filter(document_id=document.id, blocks__isnull=True).count()
    for _ in range(min(MAX_HELPERS, unread - 1)):
        _send_helper(document.id)


def _send_helper(document_id: UUID) -> None:
    send("read_parts", str(document_id))
