"""One look at a connector's place: new items come, changed ones follow, gone ones go. Can be repeated at any point.

A look that cannot list its place changes nothing; an item that cannot be read stays as it was. Looks of all connectors
wait for each other, so each has its time; one that is not through then is followed by one that goes on there.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from apps.accounts.models import Role
from apps.accounts.services import workspace_actor
from apps.knowledge import services
from apps.knowledge.connectors import AT_ONCE, ConnectorError, Content, Failed, Gone, Item, Unchanged, source_of
from apps.knowledge.connectors.source import Outcome
from apps.knowledge.leases import ALIVE, Heartbeat, take
from apps.knowledge.models import Connector, Document
from weft.http.errors import WeftError

logger = logging.getLogger(__name__)

# Looks wait for other machines most of the time, and must not take all workers from documents.
MAX_AT_ONCE = 1
BUDGET_S = 600.0
_MAX_FAILURES_TOLD = 20
_AFTER_FAILURE = timedelta(minutes=5)
_MAX_KEY = 2000


def look(connector_id: UUID) -> bool:
    """False when somebody else looks, there or elsewhere; the scheduler asks again."""
    if Connector.objects.filter(ALIVE).count() >= MAX_AT_ONCE:
        return False
    row = Connector.objects.filter(id=connector_id)
    token = take(row)
    if token is None:
        return False
    connector = row.select_related("dataset__workspace").get()
    mine = Connector.objects.filter(id=connector_id, lease_token=token)
    with Heartbeat(mine.all) as heartbeat:
        attempt = _Look(connector, heartbeat, mine)
        try:
            attempt.run()
        except ConnectorError as exc:
            attempt.report["error"] = {"code": exc.code, "message": exc.message}
        except WeftError as exc:
            attempt.report["error"] = {"code": exc.code, "message": exc.message}
        except _Lost:
            return True
        except Exception:
            logger.exception("The look of connector %s failed", connector_id)
            message = "Something went wrong in Weft while it looked. The worker's log has the cause."
            attempt.report["error"] = {"code": "internal_error", "message": message}
    wait = None if connector.every_s is None else timedelta(seconds=connector.every_s)
    # who was asked for one look is still owed the rest of it
    if attempt.report["error"] and (wait is not None or attempt.is_cut_short):
        wait = min(wait or _AFTER_FAILURE, _AFTER_FAILURE)
    mine.update(
        report=attempt.report,
        lease_expires_at=None,
        next_at=None if wait is None else timezone.now() + wait,
        updated_at=Now(),
    )
    return True


class _Lost(Exception):
    """Another worker looks, or the connector is gone."""


class _Look:
    def __init__(self, connector: Connector, heartbeat: Heartbeat, mine: QuerySet[Connector]) -> None:
        """`mine` is the connector's row, while its lease counts."""
        self._connector, self._heartbeat, self._mine = connector, heartbeat, mine
        self._actor = workspace_actor(connector.dataset.workspace, Role.EDITOR)
        self.is_cut_short = False
        self.report: dict[str, Any] = {
            "at": timezone.now().isoformat(),
            "added": 0,
            "changed": 0,
            "removed": 0,
            "unchanged": 0,
            "failed": 0,
            "failures": [],
            "error": None,
            # the item that the next look begins at, kept over looks that fail; null after one that was through
            "goes_on": connector.report.get("goes_on"),
        }

    def run(self) -> None:
        connector = self._connector
        source = source_of(connector.kind, connector.settings, connector.dataset.workspace_id)
        listing = source.listing()
        items = [item for item in listing.items if self._can_be_named(item)]
        known = {row.source_url: row for row in Document.objects.filter(connector=self._connector)}
        revisions = {key: row.source_revision for key, row in known.items()}
        ends_at, seen = time.monotonic() + BUDGET_S, 0
        left = _from(self.report["goes_on"], items)
        for batch in _batches(left):
            if self._heartbeat.should_stop():
                raise _Lost
            if seen and time.monotonic() > ends_at:
                self._stop_at(batch[0], len(items) - len(left) + seen, len(items))
                break
            seen += len(batch)
            for item, outcome in zip(batch, source.read(batch, revisions), strict=True):
                self._follow(item, outcome, known.get(item.key))
        else:
            self.report["goes_on"] = None
        if listing.is_complete:
            here = {item.key for item in listing.items}
            for key, row in known.items():
                if key not in here:
                    self._remove(row)

    def _stop_at(self, item: Item, seen: int, count: int) -> None:
        message = f"After {BUDGET_S:g} seconds {seen} of {count} items had been looked at. The next look goes on there."
        self.is_cut_short = True
        self.report |= {"goes_on": item.key, "error": {"code": "connector_time_up", "message": message}}

    def _can_be_named(self, item: Item) -> bool:
        """A document is found again by its item's key, so that must fit its row."""
        if len(item.key) <= _MAX_KEY and _is_text(item.key):
            return True
        shown = item.key[:80].encode("utf-8", "backslashreplace").decode()
        message = f"The name {shown} cannot be kept: it is too long, or not text in UTF-8. Rename it."
        self._fail(Item(shown), Failed("connector_item_name", message))
        return False

    def _follow(self, item: Item, outcome: Outcome, row: Document | None) -> None:
        match outcome:
            case Unchanged():
                self.report["unchanged"] += 1
            case Gone():
                if row is not None:
                    self._remove(row)
            case Failed():
                self._fail(item, outcome)
            case Content():
                try:
                    self._keep(item, outcome, row)
                except WeftError as exc:
                    self._fail(item, Failed(exc.code, exc.message))

    def _keep(self, item: Item, content: Content, row: Document | None) -> None:
        upload = services.Upload(content.name, content.parts)
        if row is None:
            self._add(item, upload, content.revision)
            self.report["added"] += 1
        elif _sha256(content) == row.sha256:
            Document.objects.filter(id=row.id).update(source_revision=content.revision)
            self.report["unchanged"] += 1
        else:
            services.replace_file(self._actor, row.id, upload, revision=content.revision)
            self.report["changed"] += 1

    def _add(self, item: Item, upload: services.Upload, revision: str) -> None:
        """Under a lock on the connector: who takes the lease over waits for it, and then knows of the document."""
        with transaction.atomic():
            if not self._mine.select_for_update().exists():
                raise _Lost
            services.add_item(self._actor, self._connector, upload, url=item.key, revision=revision)

    def _remove(self, row: Document) -> None:
        if Document.objects.filter(id=row.id).exists():
            services.delete_document(self._actor, row.id)
            self.report["removed"] += 1

    def _fail(self, item: Item, failed: Failed) -> None:
        self.report["failed"] += 1
        if len(self.report["failures"]) < _MAX_FAILURES_TOLD:
            self.report["failures"].append({"key": item.key, "code": failed.code, "message": failed.message})


def _from(key: Any, items: Sequence[Item]) -> Sequence[Item]:
    """That one and what follows it; all where it is gone. Not round the end: a long place would never be done."""
    return items[next((index for index, item in enumerate(items) if item.key == key), 0) :]


def _is_text(key: str) -> bool:
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


def _sha256(content: Content) -> str:
    digest = hashlib.sha256()
    for part in content.parts:
        digest.update(part)
    return digest.hexdigest()


def _batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch
