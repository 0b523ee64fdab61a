"""Weft's console API as the benchmark uses it: one session, files sent in batches, pages walked to their end.

Knows HTTP; knows nothing of what is measured.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import httpx

_TIMEOUT_S = 300.0
_TRIES = 5


class Api(Protocol):
    """What the benchmark needs of a running Weft; paths are below /api/v1."""

    def get(self, path: str, **params: Any) -> Any: ...
    def post(self, path: str, body: Mapping[str, Any]) -> Any: ...
    def upload(self, path: str, files: Sequence[tuple[str, bytes]]) -> Any: ...
    def pages(self, path: str, **params: Any) -> Iterator[Any]: ...


class Refused(Exception):
    """Weft answered with an error."""


class Console:
    """Raises Refused. A request that did not get through is made again, unless it could then count twice."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(base_url=f"{base_url.rstrip('/')}/api/v1", timeout=_TIMEOUT_S)

    def set_up(self, token: str, email: str, password: str) -> None:
        """Become the first person of a fresh Weft."""
        self._client.get("/setup")
        self.post("/setup", {"token": token, "email": email, "name": "Benchmark", "password": password})

    def sign_in(self, email: str, password: str) -> None:
        self.post("/session", {"email": email, "password": password})
        self.get("/session")

    def get(self, path: str, **params: Any) -> Any:
        for left in reversed(range(_TRIES)):
            try:
                return self._read(self._client.get(path, params=params))
            except httpx.TransportError:
                if not left:
                    raise
                time.sleep(2.0)
        raise AssertionError

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._read(self._client.post(path, json=dict(body), headers=self._headers()))

    def upload(self, path: str, files: Sequence[tuple[str, bytes]]) -> Any:
        sent = [("file", (name, content)) for name, content in files]
        return self._read(self._client.post(path, files=sent, headers=self._headers()))

    def pages(self, path: str, **params: Any) -> Iterator[Any]:
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, limit=200, **params, **cursor)
            yield from page["items"]
            if not page["next"]:
                return
            cursor = {"cursor": page["next"]}

    def _headers(self) -> dict[str, str]:
        return {"X-CSRFToken": self._client.cookies.get("csrftoken") or ""}

    @staticmethod
    def _read(response: httpx.Response) -> Any:
        if not response.is_success:
            request = response.request
            raise Refused(f"{request.method} {request.url}: {response.status_code} {response.text[:500]}")
        return response.json() if response.content else None
