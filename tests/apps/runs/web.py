"""The real ASGI application on a loopback port, in this process; each start is a new server with a new event loop."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from django.conf import settings
from django.test import Client
from websockets.sync.client import ClientConnection, connect

from apps.accounts.models import User
from tests.waiting import until_sync
from weft.services.ports import free_port


@contextmanager
def web_server() -> Iterator[str]:
    """The server's host and port."""
    from weft.asgi import application

    port = free_port()
    config = uvicorn.Config(application, port=port, log_level="warning", ws="websockets-sansio", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until_sync(lambda: server.started)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


def session_cookie(user: User) -> dict[str, str]:
    """What a signed-in browser sends."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"}


class Sse:
    """An open stream of server-sent events."""

    def __init__(self, host: str, path: str, headers: dict[str, str], client: httpx.Client | None = None) -> None:
        self._client = client or httpx.Client(timeout=10)
        self._open = self._client.stream("GET", f"http://{host}/api/v1{path}", headers=headers)
        self.response = self._open.__enter__()
        self._lines = self.response.iter_lines()
        self.last_id = ""

    def next(self) -> dict[str, Any] | None:
        """The next event; None at the end of the stream."""
        for line in self._lines:
            if line.startswith("id: "):
                self.last_id = line.removeprefix("id: ")
            elif line.startswith("data: "):
                event: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return event
        return None

    def rest(self) -> list[dict[str, Any]]:
        return list(iter(self.next, None))

    def close(self) -> None:
        self._client.close()


def open_socket(host: str, headers: dict[str, str], *, origin: str | None = None) -> ClientConnection:
    return connect(f"ws://{host}/ws", origin=origin or f"http://{host}", additional_headers=headers)  # type: ignore[arg-type]


def send(socket: ClientConnection, **message: Any) -> None:
    socket.send(json.dumps(message))


def receive(socket: ClientConnection, timeout_s: float = 5) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(socket.recv(timeout=timeout_s))
    return message
