"""One reader for many subscribers: nobody misses anything, whatever happens on the way."""

import asyncio

import pytest

from weft.events import connection, hub, keys, runlog
from weft.events.entry import Entry
from weft.events.hub import Hub, Rewound, Subscription

KEY = keys.run_stream("r")


@pytest.fixture(autouse=True)
def _clean(clean_redis: str) -> None:
    """Every test begins with an empty Redis."""


def _entries(first: int, last: int) -> list[Entry]:
    return [Entry(seq, b"%d" % seq) for seq in range(first, last + 1)]


async def _take(subscription: Subscription, last: int) -> list[int]:
    """The seqs that arrive until `last` has."""
    seen: list[int] = []
    async with asyncio.timeout(10):
        while not seen or seen[-1] < last:
            seen += [entry.seq for entry in await subscription.next(1)]
    return seen


async def test_stored_entries_come_first_and_live_ones_follow() -> None:
    runlog.append("r", _entries(1, 3))

    async with Hub().subscribe(KEY, 1) as subscription:
        assert await _take(subscription, 3) == [2, 3]
        await asyncio.to_thread(runlog.append, "r", _entries(4, 5))
        assert await _take(subscription, 5) == [4, 5]


async def test_a_backlog_of_many_pages_arrives_in_order() -> None:
    runlog.append("r", _entries(1, 1700))

    async with Hub().subscribe(KEY, 0) as subscription:
        assert await _take(subscription, 1700) == list(range(1, 1701))


async def test_a_new_stream_is_seen_at_once_though_the_reader_is_blocked() -> None:
    one_hub = Hub()
    async with one_hub.subscribe(keys.run_stream("quiet"), 0) as quiet:
        assert await quiet.next(0.05) == []
        async with one_hub.subscribe(KEY, 0) as subscription:
            await subscription.next(0.05)
            started = asyncio.get_running_loop().time()
            await asyncio.to_thread(runlog.append, "r", _entries(1, 1))
            assert await _take(subscription, 1) == [1]
            assert asyncio.get_running_loop().time() - started < 0.5


async def test_subscribers_share_one_reader_and_keep_their_own_cursors() -> None:
    runlog.append("r", _entries(1, 4))
    one_hub = Hub()

    async with one_hub.subscribe(KEY, 3) as late, one_hub.subscribe(KEY, 0) as early:
        assert one_hub.watched == {KEY: 2}
        assert await _take(late, 4) == [4]
        assert await _take(early, 4) == [1, 2, 3, 4]
        await asyncio.to_thread(runlog.append, "r", _entries(5, 5))
        assert (await _take(late, 5), await _take(early, 5)) == ([5], [5])

    assert one_hub.watched == {}


async def test_a_slow_subscriber_loses_its_queue_but_not_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "BACKLOG", 10)
    one_hub = Hub()
    async with one_hub.subscribe(KEY, 0) as slow, one_hub.subscribe(KEY, 0) as quick:
        await slow.next(0.01)
        for first in range(1, 101, 5):
            await asyncio.to_thread(runlog.append, "r", _entries(first, first + 4))
            await _take(quick, first + 4)

        assert await _take(slow, 100) == list(range(1, 101))


async def test_the_cursor_survives_a_lost_connection() -> None:
    async with Hub().subscribe(KEY, 0) as subscription:
        await asyncio.to_thread(runlog.append, "r", _entries(1, 2))
        assert await _take(subscription, 2) == [1, 2]

        connection.client().execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await asyncio.to_thread(runlog.append, "r", _entries(3, 4))

        assert await _take(subscription, 4) == [3, 4]


async def test_lost_data_is_told_to_the_subscriber() -> None:
    async with Hub().subscribe(KEY, 0) as subscription:
        await asyncio.to_thread(runlog.append, "r", _entries(1, 5))
        assert await _take(subscription, 5) == [1, 2, 3, 4, 5]

        connection.client().delete(KEY)
        connection.client().execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

        with pytest.raises(Rewound):
            await _take(subscription, 6)


async def test_nothing_outlives_the_last_subscriber() -> None:
    before = {task.get_name() for task in asyncio.all_tasks()}

    async with Hub().subscribe(KEY, 0) as subscription:
        await subscription.next(0.01)
        assert "weft-hub" in {task.get_name() for task in asyncio.all_tasks()}

    assert {task.get_name() for task in asyncio.all_tasks()} == before
