"""Streams as clients hold them: over real HTTP and WebSockets, cut and continued, with nothing missed."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest
from django.db import connection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from apps.accounts.services import Actor
from apps.runs import selectors
from apps.runs.commit import Append, Row, commit
from apps.runs.executor import Executor
from apps.runs.models import Run
from apps.runs.streams import tail_run
from apps.studio.models import App
from tests.apps.runs.graphs import chat_document, echo_document, make_app, queue_run
from tests.apps.runs.web import Sse, open_socket, receive, send, session_cookie, web_server
from tests.factories import make_actor, make_dataset, make_provider
from tests.fakes.openai_server import FakeOpenAI
from tests.waiting import until_sync
from weft.db.aio import call_db
from weft.events import connection as redis_connection
from weft.events import keys, runlog, topics
from weft.events.entry import Entry


@pytest.fixture
def owner(transactional_db: None, clean_redis: str) -> Actor:
    return make_actor()


@pytest.fixture
def app(owner: Actor, server: FakeOpenAI) -> App:
    make_provider(owner.workspace, server.base_url)
    server.reply = lambda body: [f"word{n} " for n in range(30)]
    return make_app(owner.workspace, chat_document())


def _run_to_end(executor: Executor, run: Run) -> list[dict[str, Any]]:
    executor.take(str(run.id))
    until_sync(lambda: Run.objects.filter(id=run.id, finished_at__isnull=False, lease_expires_at=None).exists())
    return selectors.log_of(run)


def test_a_stream_follows_a_run_live_and_closes_after_its_end(
    executor: Executor, app: App, owner: Actor, server: FakeOpenAI
) -> None:
    server.mode, server.pause_s = "slow", 0.01
    run = queue_run(app, query="Hi")

    with web_server() as host:
        stream = Sse(host, f"/runs/{run.id}/events", session_cookie(owner.user))
        executor.take(str(run.id))
        events = stream.rest()

    assert stream.response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert stream.response.headers["x-accel-buffering"] == "no"
    assert events == selectors.log_of(run)
    assert stream.last_id == str(events[-1]["seq"])


def test_the_first_byte_comes_at_once_though_the_run_waits(app: App, owner: Actor) -> None:
    run = queue_run(app, query="Hi")
    with web_server() as host:
        took_s: list[float] = []
        for _ in range(4):
            client, headers = httpx.Client(), session_cookie(owner.user)
            started = time.monotonic()
            stream = Sse(host, f"/runs/{run.id}/events", headers, client)
            first = next(stream.response.iter_bytes())
            took_s.append(time.monotonic() - started)
            stream.close()
            assert first == b": keep-alive\n\n"

    # the best of few: the machine may be busy with other tests
    assert min(took_s) < 0.2


def test_a_cut_stream_continues_with_last_event_id_also_on_a_new_server(
    executor: Executor, app: App, owner: Actor, server: FakeOpenAI
) -> None:
    server.mode, server.pause_s = "slow", 0.03
    run = queue_run(app, query="Hi")
    headers = session_cookie(owner.user)

    with web_server() as host:
        stream = Sse(host, f"/runs/{run.id}/events", headers)
        executor.take(str(run.id))
        before = [stream.next() for _ in range(6)]
        stream.close()
    with web_server() as host:
        after = Sse(host, f"/runs/{run.id}/events", {**headers, "Last-Event-ID": stream.last_id}).rest()

    assert [*before, *after] == selectors.log_of(run)


def test_an_ended_run_is_read_from_its_rows_when_redis_has_forgotten_it(
    executor: Executor, app: App, owner: Actor
) -> None:
    run = queue_run(app, query="Hi")
    log = _run_to_end(executor, run)
    redis_connection.client().delete(keys.run_stream(str(run.id)))

    with web_server() as host:
        events = Sse(host, f"/runs/{run.id}/events?after=3", session_cookie(owner.user)).rest()

    assert events == log[3:]


def test_a_gap_in_redis_is_filled_from_the_rows(app: App, owner: Actor) -> None:
    run = queue_run(app, query="Hi")
    payloads = {seq: b'{"type":"answer_delta","seq":%d,"at":"","node_id":"a","text":"x"}' % seq for seq in range(1, 7)}
    commit([Append(str(run.id), 0, [Row(seq, "answer_delta", data.decode()) for seq, data in payloads.items()])])
    runlog.append(str(run.id), [Entry(1, payloads[1])])

    with web_server() as host, open_socket(host, session_cookie(owner.user)) as socket:
        redis_connection.client().delete(keys.run_stream(str(run.id)))
        send(socket, op="subscribe", topic=f"run:{run.id}", after=6)
        receive(socket)
        commit([Append(str(run.id), 0, [Row(seq, "answer_delta", _payload(seq)) for seq in (7, 8, 9)])])
        runlog.append(str(run.id), [Entry(9, b'{"type":"x","seq":9}')])

        assert [receive(socket)["event"]["seq"] for _ in range(3)] == [7, 8, 9]


def test_a_cursor_that_points_past_everything_is_reset(app: App, owner: Actor) -> None:
    run = queue_run(app, query="Hi")
    commit([Append(str(run.id), 0, [Row(1, "x", '{"type":"x","seq":1}')])])

    with web_server() as host, open_socket(host, session_cookie(owner.user)) as socket:
        send(socket, op="subscribe", topic=f"run:{run.id}", after=40)

        assert receive(socket) == {"topic": f"run:{run.id}", "subscribed": True, "after": 40}
        assert receive(socket) == {"topic": f"run:{run.id}", "reset": True, "after": 1}


def _delta(seq: int, text: str) -> dict[str, Any]:
    return {"type": "answer_delta", "seq": seq, "text": text}


def _json(event: dict[str, Any]) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()


def _store(run: Run, *log: dict[str, Any]) -> None:
    commit([Append(str(run.id), 0, [Row(event["seq"], event["type"], _json(event).decode()) for event in log])])


def _end(run: Run, seq: int) -> None:
    Run.objects.filter(id=run.id).update(status="finished", last_seq=seq)


async def _tail(run: Run, after: int, seen: int = 0) -> list[dict[str, Any]]:
    return [event async for event in tail_run(str(run.id), after, seen=seen)]


@pytest.mark.parametrize(("after", "seen"), [(4, 0), (0, 4)])
async def test_a_reader_of_events_that_were_lost_is_taken_back_and_gets_what_happened_instead(
    app: App, after: int, seen: int
) -> None:
    run = await call_db(lambda: queue_run(app, query="Hi"))
    stored = [_delta(1, "x"), {"type": "answer_reset", "seq": 2, "text": "a"}, _delta(3, "b")]
    await call_db(_store, run, *stored)
    rewound = {"type": "rewound", "seq": 3, "text": "ab"}
    instead = [_delta(4, "c"), {"type": "run_finished", "seq": 5}]
    events, expected = [], [*stored[after:], rewound, *instead]

    async for event in tail_run(str(run.id), after, seen=seen):
        events.append(event)
        if event == rewound:
            await call_db(_store, run, *instead)
            await call_db(_end, run, 5)
            entries = [Entry(each["seq"], _json(each)) for each in instead]
            await call_db(runlog.append, str(run.id), entries)
        if len(events) == len(expected):
            break

    assert events == expected


async def test_a_cursor_past_the_end_of_a_run_is_given_the_end_again(app: App) -> None:
    run = await call_db(lambda: queue_run(app, query="Hi"))
    end = {"type": "run_finished", "seq": 3}
    await call_db(_store, run, _delta(1, "a"), _delta(2, "b"), end)
    await call_db(_end, run, 3)

    expected = [{"type": "rewound", "seq": 2, "text": "ab"}, end]
    assert await _tail(run, 9) == expected
    assert await _tail(run, 0, seen=9) == [_delta(1, "a"), _delta(2, "b"), *expected]
    assert [await _tail(run, 3), await _tail(run, 2, seen=3)] == [[], [end]]


def test_waiting_streams_hold_no_database_connection(app: App, owner: Actor) -> None:
    headers = session_cookie(owner.user)
    run = queue_run(app, query="Hi")
    borrowed, connections = _borrowed(), _connections()

    with web_server() as host, open_socket(host, headers) as socket:
        client = httpx.Client()
        streams = [Sse(host, f"/runs/{run.id}/events", headers, client) for _ in range(30)]
        for stream in streams:
            next(stream.response.iter_bytes())
        send(socket, op="subscribe", topic=f"run:{run.id}", after=0)
        receive(socket)

        until_sync(lambda: _borrowed() <= borrowed)
        assert _connections() <= connections + 8
        client.close()


def _payload(seq: int) -> str:
    return json.dumps({"type": "x", "seq": seq})


def _borrowed() -> int:
    """Connections that somebody holds: this test's own, and those of threads that other tests have left."""
    stats = connection.pool.get_stats()
    return stats["pool_size"] - stats["pool_available"]


def _connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_a_socket_follows_many_topics_and_keeps_its_place_over_a_reconnect(
    executor: Executor, app: App, owner: Actor, server: FakeOpenAI
) -> None:
    server.mode, server.pause_s = "slow", 0.02
    runs = [queue_run(app, query="Hi") for _ in range(3)]
    seen: dict[str, list[dict[str, Any]]] = {f"run:{run.id}": [] for run in runs}
    headers = session_cookie(owner.user)

    def read(socket: Any, n_events: int) -> None:
        while n_events and any(not events or events[-1]["type"] != "run_finished" for events in seen.values()):
            message = receive(socket)
            if "event" in message:
                seen[message["topic"]].append(message["event"])
                n_events -= 1

    for n_events in (10, 10, 10_000):
        with web_server() as host, open_socket(host, headers) as socket:
            for topic, events in seen.items():
                send(socket, op="subscribe", topic=topic, after=events[-1]["seq"] if events else 0)
            for run in runs:
                executor.take(str(run.id))
            read(socket, n_events)

    assert list(seen.values()) == [selectors.log_of(run) for run in runs]


def test_progress_of_a_dataset_arrives_with_a_cursor(owner: Actor) -> None:
    dataset = make_dataset(owner.workspace)
    topic = f"dataset:{dataset.id}"
    topics.publish(topic, {"type": "document", "n": 0})

    with web_server() as host:
        with open_socket(host, session_cookie(owner.user)) as socket:
            send(socket, op="subscribe", topic=topic)
            after = receive(socket)["after"]
            topics.publish(topic, {"type": "document", "n": 1})
            first = receive(socket)
        topics.publish(topic, {"type": "document", "n": 2})
        with open_socket(host, session_cookie(owner.user)) as socket:
            send(socket, op="subscribe", topic=topic, after=first["seq"])
            receive(socket)
            second = receive(socket)

    assert after < first["seq"] < second["seq"]
    assert [first["event"], second["event"]] == [{"type": "document", "n": 1}, {"type": "document", "n": 2}]


def test_what_one_may_not_see_is_not_there(app: App, owner: Actor) -> None:
    run = queue_run(app, query="Hi")
    stranger = session_cookie(make_actor().user)
    dataset = make_dataset(owner.workspace)

    with web_server() as host:
        assert Sse(host, f"/runs/{run.id}/events", stranger).response.status_code == 404
        assert Sse(host, f"/runs/{run.id}/events", {}).response.status_code == 401
        with open_socket(host, stranger) as socket:
            errors = []
            for topic in (f"run:{run.id}", f"dataset:{dataset.id}", "run:none", "dataset:none", "secrets:1"):
                send(socket, op="subscribe", topic=topic)
                errors.append(receive(socket)["error"]["code"])

    assert errors == ["not_found", "not_found", "not_found", "not_found", "unknown_topic"]


def test_a_socket_needs_a_login_and_the_page_it_belongs_to(owner: Actor) -> None:
    headers = session_cookie(owner.user)
    with web_server() as host:
        with open_socket(host, {}) as socket, pytest.raises(ConnectionClosed) as closed:
            receive(socket)
        with pytest.raises(InvalidStatus) as foreign:
            open_socket(host, headers, origin="http://evil.example")
        with pytest.raises(InvalidStatus) as other_port:
            open_socket(host, headers, origin="http://127.0.0.1:1")
        with open_socket(host, headers) as socket:
            send(socket, op="ping")
            assert receive(socket) == {"op": "pong"}
            send(socket, op="nonsense")
            assert receive(socket)["error"]["code"] == "invalid"
            socket.send("[1]")
            assert receive(socket)["error"]["code"] == "invalid"

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401
    assert (foreign.value.response.status_code, other_port.value.response.status_code) == (403, 403)


def test_a_workflow_streams_too(executor: Executor, owner: Actor) -> None:
    run = queue_run(make_app(owner.workspace, echo_document()), text="a")
    log = _run_to_end(executor, run)

    with web_server() as host:
        assert Sse(host, f"/runs/{run.id}/events", session_cookie(owner.user)).rest() == log
