"""A document in a worker's hand: its lease, the stages it goes through, and when it must be given back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.utils import timezone

from apps.knowledge import parser_process, progress, scheduling
from apps.knowledge.leases import Heartbeat, fenced
from apps.knowledge.models import Dataset, Document, Stage


class GiveWay(Exception):
    """The turn is over and somebody else has a better claim to this worker. What is committed stays."""


class Hold:
    """One turn with one document. `document` is as it was when the turn began, or was last committed."""

    def __init__(self, document: Document, token: int, heartbeat: Heartbeat, *, gives_way: bool) -> None:
        self.document, self.token = document, token
        self._heartbeat, self._gives_way = heartbeat, gives_way
        self._since = self._turn_began = time.monotonic()

    @property
    def id(self) -> UUID:
        return self.document.id

    @property
    def dataset(self) -> Dataset:
        return self.document.dataset

    @contextmanager
    def commit(self) -> Iterator[Document]:
        """Change the document's row, and what belongs to it, while the lease counts; then tell who watches."""
        with fenced(self.id, self.token) as document:
            yield document
            document.save()
        self.document = document
        progress.publish(document)

    def begin(self, stage: Stage, *, done: int | None = None, total: int | None = None) -> None:
        with self.commit() as document:
            document.stage = stage
            document.error_code = document.error_message = ""
            document.not_before = None
            document.done = document.done if done is None else done
            document.total = document.total if total is None else total
            document.times.setdefault(stage.value, timezone.now().isoformat())
            document.started_at, document.started_done = timezone.now(), document.done

    def should_stop(self) -> bool:
        return self._heartbeat.should_stop()

    def check(self) -> None:
        """Stop when that is wanted."""
        if self.should_stop():
            raise parser_process.Stopped

    def breathe(self) -> None:
        """Between two commits: stop when that is wanted, give way when somebody waits who should be served first."""
        self.check()
        if self._gives_way and time.monotonic() - self._turn_began > scheduling.TURN_S:
            self.account()
            self._turn_began = time.monotonic()
            if scheduling.should_yield(self.document):
                raise GiveWay

    def account(self) -> None:
        """The work since the last time counts as its workspace's and its dataset's."""
        now = time.monotonic()
        scheduling.spent(self.dataset.workspace_id, self.document.dataset_id, now - self._since)
        self._since = now
