"""The promise itself: workers are killed again and again in the middle of generated workflows, and nobody can tell
from what they gave.

Every workflow runs once undisturbed and then on workers that are SIGKILLed at random moments until each was hit. Where
a crash left unknown whether an effect happened, the run is compared with one in which that was unknown from the start.
`make test-kill` does it with 200 workflows, the scheduler and the leases as they are in production.
"""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from apps.accounts.models import Workspace
from apps.runs import dispatch
from apps.runs.models import ConversationVariable, Run, Wait
from apps.runs.selectors import events_of, log_of
from apps.runs.streams import tail_run
from apps.studio.models import App
from apps.studio.plans import plan_for
from apps.studio.publication import publish
from tests.apps.runs.graphs import make_app
from tests.apps.runs.kill import verdict
from tests.apps.runs.kill.cases import Case, called, make_case
from tests.apps.runs.kill.chaos import Chaos, World, undisturbed
from tests.apps.runs.kill.crew import Crew, Scheduler
from tests.apps.runs.kill.report import Effects, Report
from tests.apps.runs.kill.world import Effects as EffectsServer
from tests.apps.runs.kill.world import effects_server, pace
from tests.factories import make_actor, make_provider
from tests.fakes.openai_server import FakeOpenAI
from tests.waiting import until_sync
from weft.db.aio import call_db
from workflows.events import Event
from workflows.sandbox import Sandbox
from workflows.state import fold

SEED = int(os.environ.get("WEFT_KILL_SEED", "7"))


@dataclass(frozen=True)
class Scale:
    """How large the test is. In production's own manner leases and the scheduler are as they are there."""

    workflows: int
    at_once: int
    lease_s: float
    as_in_production: bool
    limit_s: float


SMALL = Scale(workflows=24, at_once=24, lease_s=2.0, as_in_production=False, limit_s=180)
FULL = Scale(workflows=200, at_once=40, lease_s=8.0, as_in_production=True, limit_s=1500)
SCALE = FULL if os.environ.get("WEFT_KILL") == "full" else SMALL


class Readers:
    """Follow every run from its first event to its last, on a loop of their own, as browsers do."""

    def __init__(self) -> None:
        self.seen: dict[str, list[dict[str, Any]]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._following: list[Any] = []

    def watch(self, run: Run) -> None:
        self.seen[str(run.id)] = []
        self._following.append(asyncio.run_coroutine_threadsafe(self._follow(str(run.id)), self._loop))

    def join(self) -> None:
        """Wait until each has seen its run's end."""
        for following in self._following:
            following.result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _follow(self, run_id: str) -> None:
        async for event in tail_run(run_id):
            self.seen[run_id].append(event)


@pytest.fixture
def effects() -> Iterator[EffectsServer]:
    with effects_server() as server:
        yield server


def _make(workspace: Workspace, world: str) -> list[tuple[App, Case]]:
    """The workflows, each as an app of its own, and the one that they call."""
    other = make_app(workspace, called(world), name="Called")
    publish(make_actor(workspace), other)
    cases = [make_case(SEED, number, world, str(other.id)) for number in range(SCALE.workflows)]
    return [(make_app(workspace, case.document), case) for case in cases]


@pytest.mark.timeout(SCALE.limit_s * 2)
@pytest.mark.django_db(transaction=True)
def test_killed_workers_lose_nothing_and_repeat_nothing(
    server: FakeOpenAI,
    effects: EffectsServer,
    clean_redis: str,
    tmp_path: Path,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    chance = random.Random(SEED)
    workspace = make_actor().workspace
    make_provider(workspace, server.base_url)
    pairs = _make(workspace, effects.url)
    settings = {"WEFT_RUN_LEASE_S": str(SCALE.lease_s), "WEFT_EGRESS_ALLOW": "127.0.0.1"}
    queues = "runs,default" if SCALE.as_in_production else "runs"
    crew = Crew(tmp_path, queues=queues, **settings)
    scheduler = Scheduler(tmp_path, **settings) if SCALE.as_in_production else None
    world = World(chance, sweeps=scheduler is None)
    readers = Readers()
    crew.start()
    try:
        pace(server, 0.01)
        calm = undisturbed(pairs, world, at_once=SCALE.at_once, limit_s=SCALE.limit_s)
        pace(server, 0.08)
        begun = time.monotonic()
        chaos = Chaos(pairs, crew, chance, lease_s=SCALE.lease_s, watch=readers.watch)
        runs = chaos.go(world, at_once=SCALE.at_once, limit_s=SCALE.limit_s)
        took_s = time.monotonic() - begun
        readers.join()
        _nothing_is_left(crew)
    finally:
        crew.end()
        if scheduler is not None:
            scheduler.end()

    judge = Judge(pairs, calm, effects)
    asyncio.run(judge.check(runs, chaos.numbers, readers))
    figures = chaos.figures
    report = Report(
        workflows=len(pairs),
        kinds=sum((case.kinds for _, case in pairs), Counter()),
        runs=len(runs),
        statuses=Counter(run.status for run in runs),
        kills=figures.kills,
        lapses=figures.lapses,
        hits=list(figures.hits.values()),
        recoveries=figures.recoveries,
        starts=crew.starts,
        effects=judge.effects,
        events=sum(run.last_seq for run in runs),
        took_s=took_s,
    )
    print("\n" + "\n".join(report.lines()))
    assert not judge.faults, "\n".join(judge.faults)
    assert {number for run_id, number in chaos.numbers.items() if figures.hits[run_id]} == set(range(len(pairs)))


def _nothing_is_left(crew: Crew) -> None:
    """No lease, no message, no open wait, no process of a worker that died."""
    until_sync(lambda: not Run.objects.exclude(lease_expires_at=None).exists(), 20)
    until_sync(lambda: not dispatch.backlog_s(), 20)
    until_sync(lambda: not crew.orphans, 20)
    assert not Wait.objects.filter(resumed_at=None, run__status="finished").exists()


class Judge:
    """Compares runs with what they should have been. `faults` says in words where they were not."""

    def __init__(self, pairs: list[tuple[App, Case]], calm: list[Run], server: EffectsServer) -> None:
        self.faults: list[str] = []
        self.effects = Effects()
        self._pairs, self._calm, self._server = pairs, calm, server

    async def check(self, runs: list[Run], numbers: dict[Any, int], readers: Readers) -> None:
        code = Sandbox.from_environment(os.environ)
        try:
            for run in self._calm:
                await self._check_calm(run, self._calm.index(run), code)
            for run in runs:
                await self._check_disturbed(run, numbers[run.id], code, readers)
        finally:
            await code.close()

    async def _check_calm(self, run: Run, number: int, code: Sandbox) -> None:
        """The undisturbed run ended as the reference says: so the reference may speak for others."""
        log = await call_db(events_of, run.id)
        app, case = self._pairs[number]
        plan = await call_db(plan_for, case.document, workspace_id=app.workspace_id)
        expected = await verdict.reference(case, plan, code, set())
        self._compare(f"undisturbed {case.name}", verdict.essence(expected, verdict.RUN_ID), log, run)

    async def _check_disturbed(self, run: Run, number: int, code: Sandbox, readers: Readers) -> None:
        app, case = self._pairs[number]
        log = await call_db(events_of, run.id)
        calm = await call_db(events_of, self._calm[number].id)
        plan = await call_db(plan_for, case.document, workspace_id=app.workspace_id)
        name = f"disturbed {case.name} ({run.id})"
        try:
            verdict.check_log(plan, log)
            assert readers.seen[str(run.id)] == await call_db(log_of, run), "readers saw something else"
            state = fold(log)
            assert (run.status, run.outputs, run.answer) == (state.status, state.outputs, state.answer), (
                "the row differs"
            )
        except AssertionError as error:
            self.faults.append(f"{name}: {error}")
        doubtful = verdict.doubts(log)
        self._count(run, log, calm, doubtful)
        if doubtful:
            expected = verdict.essence(await verdict.reference(case, plan, code, doubtful), verdict.RUN_ID)
        else:
            expected = verdict.essence(calm, str(self._calm[number].id))
        self._compare(name, expected, log, run)
        if not doubtful:
            await call_db(self._check_memory, name, run, self._calm[number])

    def _compare(self, name: str, expected: dict[str, Any], log: list[Event], run: Run) -> None:
        found = verdict.essence(log, str(run.id))
        self.faults += [f"{name}{line}" for line in verdict.difference(expected, found)[:5]]

    def _count(self, run: Run, log: list[Event], calm: list[Event], doubtful: set[str]) -> None:
        """What the log says of effects against what the server saw of them."""
        counted, intended = self.effects, verdict.intents(log)
        counted.expected += sum(verdict.intents(calm).values())
        done = {place: count for (of, place), count in self._server.done.items() if of == str(run.id)}
        counted.seen += sum(done.values())
        for place, count in done.items():
            if count > intended[place]:
                counted.twice.append(f"{place} of {run.id}: {count} times, {intended[place]} intents")
        for place in intended:
            if place not in doubtful:
                counted.known += 1
                if not done.get(place):
                    self.faults.append(f"run {run.id}: {place} is said to be done, and nobody saw it")
            elif done.get(place):
                counted.unknown_seen += 1
            else:
                counted.unknown_unseen += 1
        self.faults += [f"twice: {place}" for place in counted.twice]

    def _check_memory(self, name: str, run: Run, calm: Run) -> None:
        """The conversation remembers the same."""
        if run.status == "finished" and _remembered(run) != _remembered(calm):
            self.faults.append(f"{name}: the conversation remembers {_remembered(run)}, not {_remembered(calm)}")


def _remembered(run: Run) -> dict[str, str]:
    if run.conversation_id is None:
        return {}
    rows = ConversationVariable.objects.filter(conversation_id=run.conversation_id)
    return dict(rows.values_list("name", "value"))
