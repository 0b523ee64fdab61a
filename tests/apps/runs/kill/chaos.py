"""Carries workflows on workers that are killed, and plays everybody else: people who answer, events, a scheduler.

Knows when a run was hit: its lease was held when a worker died, and somebody else took it afterwards.
"""

from __future__ import annotations

import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from apps.runs import forms, services, signals
from apps.runs.errors import WaitClosed, WaitSignalled
from apps.runs.models import Run, Source, Wait
from apps.runs.selectors import ENDED
from apps.studio.models import App
from tests.apps.runs.kill.cases import Case
from tests.apps.runs.kill.crew import Crew
from tests.apps.runs.kill.verdict import signal_for

STEP_S = 0.1
# Runs that ended before a worker died on them are run again, but not for ever.
MAX_ROUNDS = 20


@dataclass
class Figures:
    """What was seen of kills. `recoveries` are seconds from a worker's death until somebody else had a run of its;
    `lapses` are leases that passed on though nobody had died.
    """

    kills: int = 0
    started: int = 0
    lapses: int = 0
    hits: Counter[uuid.UUID] = field(default_factory=Counter)
    recoveries: list[float] = field(default_factory=list)


def queue(app: App, case: Case) -> Run:
    """A new run, in a conversation of its own."""
    given = {"inputs": case.inputs, "query": case.query}
    conversation_id = uuid.uuid4() if app.mode == "chat" else None
    document = app.draft.document
    return services.start_run(
        app, document=document, inputs=given, source=Source.EDITOR, conversation_id=conversation_id
    )


class World:
    """Everybody but the workers. `sweeps`: nobody else is the scheduler."""

    def __init__(self, chance: random.Random, *, sweeps: bool) -> None:
        self._chance = chance
        self._sweeps = sweeps

    def step(self) -> None:
        time.sleep(STEP_S)
        for wait in Wait.objects.filter(type__in=("form", "event"), signal__isnull=True, resumed_at=None):
            if self._chance.random() < 0.4:
                self._answer(wait)
        if self._sweeps:
            services.sweep()
            signals.wake_due()

    def _answer(self, wait: Wait) -> None:
        signal = signal_for(wait.facts | {"node_id": wait.node_id})
        try:
            if wait.type == "form":
                given: dict[str, Any] = signal.data
                forms.submit(wait, action=given["action"], inputs=given["values"], by="ann", uploader=None)
            else:
                signals.send(wait.run_id, wait.key, type="event", data=lambda *_: signal.data, by="ann")
        except (WaitClosed, WaitSignalled):
            return


def undisturbed(pairs: Sequence[tuple[App, Case]], world: World, *, at_once: int, limit_s: float) -> list[Run]:
    """Run each of them once; the runs, ended."""
    runs: list[Run] = []
    waiting = iter(pairs)
    _until(lambda: _feed(runs, waiting, at_once) == 0 and len(runs) == len(pairs), world, limit_s)
    return _fresh([run.id for run in runs])


class Chaos:
    """Runs pairs of an app and a case on a crew, and kills its workers at random moments until every pair was hit.

    `numbers` are the pairs of the runs, by id; a pair whose run ended before anybody died on it is run again.
    """

    def __init__(
        self,
        pairs: Sequence[tuple[App, Case]],
        crew: Crew,
        chance: random.Random,
        *,
        lease_s: float,
        watch: Callable[[Run], None],
    ) -> None:
        self.figures = Figures()
        self._lease_s = lease_s
        self.numbers: dict[uuid.UUID, int] = {}
        self._pairs, self._crew, self._chance, self._watch = pairs, crew, chance, watch
        self._waiting = list(reversed(range(len(pairs))))
        self._latest: dict[int, uuid.UUID] = {}
        self._seen: dict[uuid.UUID, _Row] = {}
        self._deaths: list[float] = []
        self._doom: dict[int, float] = {}

    def go(self, world: World, *, at_once: int, limit_s: float) -> list[Run]:
        """Every run that was begun, ended."""
        _until(lambda: self._go_on(at_once), world, limit_s)
        return _fresh(self.numbers)

    def _go_on(self, at_once: int) -> bool:
        rows = self._look()
        active = sum(row.status not in ENDED for row in rows.values())
        for number, run_id in list(self._latest.items()):
            if rows[run_id].status in ENDED and not self.figures.hits[run_id]:
                del self._latest[number]
                self._waiting.insert(0, number)
        while self._waiting and active < at_once:
            self._begin(self._waiting.pop())
            active += 1
        unhit = [run_id for run_id in self._latest.values() if not self.figures.hits[run_id]]
        if unhit:
            carried = sum(run_id in rows and rows[run_id].lease_expires_at is not None for run_id in unhit)
            self._kill(carried / len(unhit))
        return not self._waiting and not unhit and not active

    def _begin(self, number: int) -> None:
        run = queue(*self._pairs[number])
        self.numbers[run.id] = number
        self._latest[number] = run.id
        self.figures.started += 1
        assert self.figures.started < MAX_ROUNDS * len(self._pairs)
        self._watch(run)

    def _look(self) -> dict[uuid.UUID, _Row]:
        """The runs as they are. A lease that follows another without a pause between them is a recovery."""
        columns = _Row._fields
        rows = {row[0]: _Row(*row) for row in Run.objects.filter(id__in=list(self.numbers)).values_list(*columns)}
        for run_id, row in rows.items():
            before = self._seen.get(run_id)
            if before is None or before.lease_expires_at is None or before.status in ENDED:
                continue
            if row.fence > before.fence and row.calm_fence != before.fence:
                self._recovered(before, row)
        self._seen = rows
        return rows

    def _recovered(self, before: _Row, row: _Row) -> None:
        """Whoever had the run died after he renewed its lease for the last time."""
        renewed = before.since(self._lease_s)
        death = next((death for death in self._deaths if death >= renewed), None)
        if death is None:
            self.figures.lapses += 1
            return
        self.figures.hits[row.id] += 1
        self.figures.recoveries.append((row.since(self._lease_s) or time.time()) - death)

    def _kill(self, part: float) -> None:
        """Kill workers whose time has come, and sometimes all at once: the likelier, the larger a `part` of the runs
        yet unhit is carried just now. However slow the machine, each worker has some seconds to get something done.
        """
        now, ready = time.monotonic(), self._crew.ready
        for worker in ready:
            self._doom.setdefault(worker.pid, now + self._chance.uniform(1.0, 6.0))
        dying = [worker for worker in ready if now > self._doom[worker.pid]]
        if not dying or self._chance.random() >= part:
            return
        for worker in ready if self._chance.random() < 0.4 else dying:
            self._deaths.append(time.time())
            self._crew.kill(worker)
            self.figures.kills += 1


class _Row(NamedTuple):
    """Who carries a run."""

    id: uuid.UUID
    status: str
    fence: int
    calm_fence: int
    lease_expires_at: datetime | None

    def since(self, lease_s: float) -> float:
        """When its lease was taken or renewed; 0 where there is none."""
        return self.lease_expires_at.timestamp() - lease_s if self.lease_expires_at is not None else 0.0


def _feed(runs: list[Run], waiting: Iterator[tuple[App, Case]], at_once: int) -> int:
    """Keep so many under way; how many are."""
    active = Run.objects.filter(id__in=[run.id for run in runs]).exclude(status__in=ENDED).count()
    while active < at_once and (pair := next(waiting, None)) is not None:
        runs.append(queue(*pair))
        active += 1
    return active


def _until(condition: Callable[[], bool], world: World, limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"not done after {limit_s:g} s"
        world.step()


def _fresh(run_ids: Iterable[uuid.UUID]) -> list[Run]:
    ids = list(run_ids)
    found = Run.objects.in_bulk(ids)
    return [found[run_id] for run_id in ids]
