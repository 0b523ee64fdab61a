"""The live copy of a run's log."""

import pytest

from weft.events import connection, keys, runlog
from weft.events.connection import new_async_client
from weft.events.entry import Entry
from weft.events.runlog import Append, StaleFence

ONE, TWO, THREE = Entry(1, b'{"seq":1}'), Entry(2, b'{"seq":2}'), Entry(3, b'{"seq":3}')


@pytest.fixture(autouse=True)
def _clean(clean_redis: str) -> None:
    """Every test begins with an empty Redis."""


def test_entries_are_read_after_a_cursor() -> None:
    runlog.append("r", [ONE, TWO, THREE])

    assert runlog.read("r") == [ONE, TWO, THREE]
    assert runlog.read("r", 1) == [TWO, THREE]
    assert runlog.read("r", 1, limit=1) == [TWO]
    assert runlog.read("r", 3) == []


def test_a_repeated_append_changes_nothing() -> None:
    runlog.append("r", [ONE, TWO])

    runlog.append("r", [Entry(2, b"other"), THREE])

    assert runlog.read("r") == [ONE, TWO, THREE]


def test_an_older_fence_is_refused_and_appends_nothing() -> None:
    runlog.append("r", [ONE], fence=2)

    with pytest.raises(StaleFence):
        runlog.append("r", [TWO], fence=1)

    assert runlog.read("r") == [ONE]


async def test_many_runs_share_a_round_trip_and_only_stale_ones_are_refused() -> None:
    runlog.append("held", [ONE], fence=5)
    client = new_async_client()

    refused = await runlog.append_many(client, [Append("held", 4, [TWO]), Append("free", 1, [ONE, TWO])])

    await client.aclose()
    assert refused == ["held"]
    assert runlog.read("held") == [ONE]
    assert runlog.read("free") == [ONE, TWO]


async def test_a_take_over_returns_the_tail_and_shuts_out_the_former_owner() -> None:
    runlog.append("r", [ONE, TWO, THREE], fence=1)
    client = new_async_client()

    tail = await runlog.take_over(client, "r", fence=2, after=1)

    assert tail == [TWO, THREE]
    with pytest.raises(StaleFence):
        runlog.append("r", [Entry(4, b"late")], fence=1)
    with pytest.raises(StaleFence):
        await runlog.take_over(client, "r", fence=1, after=0)
    await client.aclose()
    assert runlog.read("r") == [ONE, TWO, THREE]


def test_an_ended_run_leaves_redis() -> None:
    runlog.append("r", [ONE], fence=1)
    runlog.append("r", [TWO], fence=1, ttl_s=7)

    assert 0 < connection.client().ttl(keys.run_stream("r")) <= 7
    assert 0 < connection.client().ttl(keys.run_fence("r")) <= 7
