"""The thread that a request's synchronous code runs on, given back as soon as the answer is an open event stream.

Django keeps one thread a request until its answer has ended, and an event stream may stay open for hours. An ASGI
wrapper: it gives Django an executor of ours, by the way asgiref documents for that. Knows nothing of routes.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from asgiref.sync import ThreadSensitiveContext

from weft.db.aio import release
from weft.http.asgi_types import AsgiApplication, Message, Receive, Scope, Send

P = ParamSpec("P")
T = TypeVar("T")

EVENT_STREAM = b"text/event-stream"


class RequestThread(Executor):
    """One call at a time on one thread, until `let_go`; each later call gets a thread that ends with the call."""

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None
        self._is_let_go = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        if not self._is_let_go:
            self._thread = self._thread or ThreadPoolExecutor(1, "weft-request")
            return self._thread.submit(fn, *args, **kwargs)
        brief = ThreadPoolExecutor(1, "weft-stream")
        try:
            return brief.submit(_call_and_release, lambda: fn(*args, **kwargs))
        finally:
            brief.shutdown(wait=False)

    def let_go(self) -> None:
        """Give the thread's database connection back and end the thread. Does not wait."""
        self._is_let_go = True
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.submit(release)
            thread.shutdown(wait=False)

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = False) -> None:
        """The request has ended, and Django has released its connection. Never waits: the event loop calls this."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=cancel_futures)


class RequestThreads:
    def __init__(self, application: AsgiApplication) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        thread = RequestThread()

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_event_stream(message):
                thread.let_go()
            await send(message)

        try:
            async with ThreadSensitiveContext(executor=thread):
                await self._application(scope, receive, watched)
        finally:
            thread.shutdown()


def _is_event_stream(start: Message) -> bool:
    headers = {name.lower(): value for name, value in start.get("headers", ())}
    return bool(headers.get(b"content-type", b"").startswith(EVENT_STREAM))


def _call_and_release(call: Callable[[], T]) -> T:
    try:
        return call()
    finally:
        release()
