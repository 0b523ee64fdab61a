"""The log's two copies: committed in groups under a fence, shown in order, and one again after any crash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.db import connection

from apps.runs import commit as commits
from apps.runs import leases, selectors
from apps.runs.commit import Append, Row, commit
from apps.runs.feed import Feed
from apps.runs.group_writer import GroupWriter, StaleLease
from apps.runs.journal import RunJournal
from apps.runs.leases import Lease
from apps.runs.models import Run, RunEvent
from apps.studio.models import App
from tests.apps.runs.graphs import echo_document, make_app, queue_run
from tests.factories import make_workspace
from tests.waiting import until, until_sync
from weft.db.aio import call_db
from weft.events import runlog
from weft.events.connection import new_async_client
from weft.events.ending import end_tasks
from workflows import events as engine

AT = "2026-01-01T00:00:00.000Z"


@pytest.fixture
def app(transactional_db: None, clean_redis: str) -> App:
    return make_app(make_workspace(), echo_document())


@pytest.fixture
def lease(app: App) -> Lease:
    lease = leases.acquire(str(queue_run(app, text="a").id))
    assert lease is not None
    return lease


def _delta(seq: int, text: str = "x") -> engine.AnswerDelta:
    return engine.AnswerDelta(seq=seq, at=AT, node_id="answer", text=text)


def _finished(seq: int, **over: Any) -> engine.RunFinished:
    fields: dict[str, Any] = {"outputs": {"a": 1}, "answer": "xy", "elapsed_ms": 12.5, "exceptions": 0}
    usage = engine.Usage(1, 2, 3)
    return engine.RunFinished(seq=seq, at=AT, usage=usage, **{**fields, **over})


def _row(seq: int) -> Row:
    return Row(seq, "answer_delta", engine.encode(_delta(seq)).decode())


def _stored(run_id: str) -> list[int]:
    return list(RunEvent.objects.filter(run_id=run_id).order_by("seq").values_list("seq", flat=True))


@asynccontextmanager
async def _journal(lease: Lease, told: Callable[[], None] = lambda: None) -> AsyncIterator[RunJournal]:
    client, writer = new_async_client(), GroupWriter()
    refused: list[str] = []
    feed = Feed(client, refused.append)
    sending = asyncio.create_task(feed.run())

    async def on_end() -> None:
        told()

    try:
        yield RunJournal(lease, writer=writer, feed=feed, on_end=on_end, on_pause=on_end)
    finally:
        await feed.flush(2)
        await asyncio.to_thread(writer.close, 2)
        await end_tasks(sending)
        await client.aclose()


def test_many_runs_share_one_transaction_and_a_stale_one_stores_nothing(app: App) -> None:
    runs = [queue_run(app, text="a") for _ in range(3)]
    held = [leases.acquire(str(run.id)) for run in runs]
    assert all(held)
    stale = runs[1]
    Run.objects.filter(id=stale.id).update(fence=2)

    refused = commit([Append(str(run.id), 1, [_row(1), _row(2)]) for run in runs])

    assert refused == {str(stale.id)}
    assert [_stored(str(run.id)) for run in runs] == [[1, 2], [], [1, 2]]


def test_a_stale_end_changes_nothing(lease: Lease) -> None:
    Run.objects.filter(id=lease.run_id).update(fence=lease.fence + 1)
    before = Run.objects.filter(id=lease.run_id).values().get()
    event = _finished(1)

    refused = commit([Append(lease.run_id, lease.fence, [_row(1)], commits.closing_of(event))])

    assert refused == {lease.run_id}
    assert Run.objects.filter(id=lease.run_id).values().get() == before
    assert _stored(lease.run_id) == []


def test_a_commit_whose_fate_was_unknown_may_be_repeated(lease: Lease) -> None:
    append = Append(lease.run_id, lease.fence, [_row(1), _row(2)])

    assert commit([append]) == set()
    assert commit([append]) == set()

    assert _stored(lease.run_id) == [1, 2]


def test_a_lease_is_refused_while_it_is_held_and_taken_with_a_higher_fence_when_it_expired(lease: Lease) -> None:
    assert leases.acquire(lease.run_id) is None

    leases.hand_on([lease])

    assert leases.acquire(lease.run_id) == Lease(lease.run_id, lease.fence + 1, 2)
    assert leases.renew([lease]) == leases.Renewal(lost=[lease.run_id], stopping=[], signalled=[])


async def test_the_end_fills_the_runs_columns_in_the_same_transaction(lease: Lease) -> None:
    async with _journal(lease) as journal:
        await journal.append([_delta(1), _finished(2, answer="x\x00y")], durable=True)

    run = await call_db(Run.objects.get, id=lease.run_id)
    assert (run.status, run.outputs, run.answer, run.elapsed_ms, run.last_seq) == ("finished", {"a": 1}, "xy", 12.5, 2)
    assert run.usage == {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "cost": 0.0}
    assert "\x00" in (await call_db(selectors.log_of, run))[1]["answer"]


def test_an_end_is_stored_without_what_postgresql_cannot_hold(lease: Lease) -> None:
    closing = commits.closing_of(_finished(1, outputs={"a\x00": ["1\ud800"]}, answer="x\x00y\udfff"))

    assert commit([Append(lease.run_id, lease.fence, [_row(1)], closing)]) == set()

    run = Run.objects.get(id=lease.run_id)
    assert (run.outputs, run.answer) == ({"a": ["1?"]}, "xy?")


async def test_events_are_shown_at_once_and_durable_ones_when_they_are_committed(
    lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()

    def held_commit(appends: Any) -> set[str]:
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(5)
        return commit(appends)

    monkeypatch.setattr("apps.runs.group_writer.commit", held_commit)
    async with _journal(lease) as journal:
        await journal.append([_delta(1)], durable=False)
        await until(lambda: [entry.seq for entry in runlog.read(lease.run_id)] == [1])
        intent = engine.NodeIntent(seq=2, at=AT, node_id="n", key="k")
        durable = asyncio.create_task(journal.append([intent], durable=True))
        await asyncio.sleep(0)
        await journal.append([_delta(3)], durable=False)
        await asyncio.sleep(0.1)

        assert [entry.seq for entry in runlog.read(lease.run_id)] == [1]
        assert not durable.done()

        gate.set()
        await durable
        await until(lambda: [entry.seq for entry in runlog.read(lease.run_id)] == [1, 2, 3])


async def test_a_stale_owner_is_stopped_by_either_store(lease: Lease) -> None:
    async with _journal(lease) as journal:
        await journal.append([_delta(1)], durable=True)
        await call_db(leases.hand_on, [lease])
        assert await call_db(leases.acquire, lease.run_id)

        with pytest.raises(StaleLease):
            await journal.append([_delta(2)], durable=True)
        with pytest.raises(StaleLease):
            await journal.append([_delta(2)], durable=False)

    assert await call_db(_stored, lease.run_id) == [1]


async def test_what_was_shown_and_not_stored_is_adopted(lease: Lease) -> None:
    client = new_async_client()
    async with _journal(lease) as journal:
        await journal.append([_delta(1, "one ")], durable=True)
    await runlog.append_many(client, [runlog.Append(lease.run_id, lease.fence, _entries(_delta(2, "two "), _delta(3)))])
    await call_db(leases.hand_on, [lease])
    successor = await call_db(leases.acquire, lease.run_id)
    assert successor is not None

    tail = await runlog.take_over(client, lease.run_id, fence=successor.fence, after=1)
    async with _journal(successor) as journal:
        journal.resume(await call_db(selectors.events_of, lease.run_id))
        adopted = await journal.adopt(tail)
        await journal.append([_delta(4)], durable=True)

    assert adopted == [_delta(2, "two "), _delta(3)]
    assert journal.answer == "one two xx"
    assert await call_db(_stored, lease.run_id) == [1, 2, 3, 4]
    assert [entry.seq for entry in runlog.read(lease.run_id)] == [1, 2, 3, 4]
    refused = await runlog.append_many(client, [runlog.Append(lease.run_id, lease.fence, _entries(_delta(5)))])
    await client.aclose()
    assert refused == [lease.run_id]


async def test_a_log_goes_on_while_redis_is_away(lease: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    real, away = runlog.append_many, [True]

    async def flaky(client: Any, batch: Any) -> list[str]:
        if away[0]:
            raise OSError("Redis is away")
        return await real(client, batch)

    monkeypatch.setattr(runlog, "append_many", flaky)
    monkeypatch.setattr("apps.runs.feed.RETRY_S", 0.01)
    async with _journal(lease) as journal:
        for seq in range(1, 6):
            await journal.append([_delta(seq)], durable=True)
        assert await call_db(_stored, lease.run_id) == [1, 2, 3, 4, 5]
        assert runlog.read(lease.run_id) == []

        away[0] = False

        await until(lambda: [entry.seq for entry in runlog.read(lease.run_id)] == [1, 2, 3, 4, 5])


def test_events_gather_into_few_transactions(lease: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def counting(appends: Any) -> set[str]:
        sizes.append(sum(len(append.rows) for append in appends))
        return commit(appends)

    monkeypatch.setattr("apps.runs.group_writer.commit", counting)
    writer, done = GroupWriter(), []
    for seq in range(1, 501):
        writer.submit(Append(lease.run_id, lease.fence, [_row(seq)], durable=False), done.append)

    until_sync(lambda: len(done) == 500)
    writer.close(2)
    assert done == [None] * 500
    assert sum(sizes) == 500
    assert len(sizes) < 20
    assert _stored(lease.run_id) == list(range(1, 501))


def test_a_connection_that_breaks_is_replaced(lease: Lease) -> None:
    writer, done = GroupWriter(), []
    writer.submit(Append(lease.run_id, lease.fence, [_row(1)]), done.append)
    until_sync(lambda: len(done) == 1)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    writer.submit(Append(lease.run_id, lease.fence, [_row(2)]), done.append)

    until_sync(lambda: len(done) == 2)
    writer.close(2)
    connection.pool.check()  # Those cut while nobody held them would be lent to the next test.
    assert done == [None, None]
    assert _stored(lease.run_id) == [1, 2]


def test_rows_that_cannot_be_stored_do_not_hurt_other_runs(app: App) -> None:
    good, bad = (leases.acquire(str(queue_run(app, text="a").id)) for _ in range(2))
    assert good
    assert bad
    writer, done = GroupWriter(), {}
    with writer._changed:  # both in one batch
        writer.submit(Append(bad.run_id, bad.fence, [_row(1)._replace(payload="a\x00b")]), lambda e: done.update(bad=e))
        writer.submit(Append(good.run_id, good.fence, [_row(1)]), lambda e: done.update(good=e))

    until_sync(lambda: len(done) == 2)
    writer.close(2)
    assert done["good"] is None
    assert done["bad"] is not None
    assert (_stored(good.run_id), _stored(bad.run_id)) == ([1], [])


def _entries(*events: engine.Event) -> list[runlog.Entry]:
    return [runlog.Entry(event.seq, engine.encode(event)) for event in events]
