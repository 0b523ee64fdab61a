"""Which thread a request's synchronous code runs on, and when that thread ends."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import connection

from tests.waiting import until
from weft.http.asgi_types import Receive, Scope, Send
from weft.http.request_threads import RequestThreads


class Request:
    """One request to an application that works in a thread, answers, and works in a thread again at the end."""

    def __init__(self, content_type: bytes) -> None:
        self.content_type = content_type
        self.threads: list[threading.Thread] = []
        self.is_open, self.may_end = asyncio.Event(), asyncio.Event()
        self.sent: list[Any] = []

    async def application(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with ThreadSensitiveContext():
            await sync_to_async(self._work)()
            await sync_to_async(self._work)()
            headers = [(b"Content-Type", self.content_type)]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            self.is_open.set()
            await self.may_end.wait()
            await sync_to_async(self._work)()
            await send({"type": "http.response.body", "body": b""})

    async def run(self) -> None:
        async def send(message: Any) -> None:
            self.sent.append(message["type"])

        async def receive() -> Any:
            raise AssertionError("nothing is received")

        await RequestThreads(self.application)({"type": "http"}, receive, send)

    def _work(self) -> None:
        self.threads.append(threading.current_thread())


def n_lent() -> int:
    """How many connections of the pool are in somebody's hands."""
    stats = connection.pool.get_stats()
    return int(stats["pool_size"] - stats["pool_available"])


async def none_lives(threads: list[threading.Thread]) -> None:
    await until(lambda: not any(thread.is_alive() for thread in threads))


async def test_an_open_event_stream_holds_no_thread() -> None:
    request = Request(b"text/event-stream; charset=utf-8")
    task = asyncio.create_task(request.run())
    await request.is_open.wait()

    assert len({thread.ident for thread in request.threads}) == 1
    await none_lives(request.threads)

    request.may_end.set()
    await task
    assert len(request.threads) == 3
    await none_lives(request.threads)
    assert request.sent == ["http.response.start", "http.response.body"]


async def test_any_other_request_keeps_one_thread_to_its_end() -> None:
    request = Request(b"application/json")
    task = asyncio.create_task(request.run())
    await request.is_open.wait()
    assert all(thread.is_alive() for thread in request.threads)

    request.may_end.set()
    await task

    assert len(set(request.threads)) == 1
    await none_lives(request.threads)


async def test_the_thread_ends_with_a_request_that_was_cut_off() -> None:
    request = Request(b"text/event-stream")
    task = asyncio.create_task(request.run())
    await request.is_open.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await none_lives(request.threads)


@pytest.mark.django_db(transaction=True)
async def test_a_stream_gives_its_database_connection_back_when_it_opens() -> None:
    class Querying(Request):
        def _work(self) -> None:
            super()._work()
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")

    before = n_lent()
    request = Querying(b"text/event-stream")
    task = asyncio.create_task(request.run())
    await request.is_open.wait()
    await none_lives(request.threads)
    assert n_lent() == before

    request.may_end.set()
    await task
    await none_lives(request.threads)
    assert n_lent() == before
