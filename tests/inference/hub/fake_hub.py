"""A hub on loopback, in the shapes that huggingface_hub asks for: a model's files with digests, and bytes by range,
large ones behind a redirect to another host.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.fakes.serving import served

MODEL = "Tiny/Model-Instruct"
KEY = "Tiny--Model-Instruct"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = ".safetensors"


@dataclass
class FakeHub:
    """One model. What is set here is done to the answers; `ranges` holds the ranges that were asked for, by file."""

    files: dict[str, bytes]
    url: str = ""
    cuts: dict[str, list[int]] = field(default_factory=dict)
    """Bytes after which the connection breaks, for each request of a file in turn."""
    held: dict[str, int] = field(default_factory=dict)
    """Bytes after which a file's answer waits until `go`."""
    wrong: set[str] = field(default_factory=set)
    token: str | None = None
    """Gated: bytes are for this token alone."""
    status: int = 200
    page: bytes | None = None
    """What is answered instead of the model's description, with status 200."""
    pours: bool = False
    """Bytes are refused with status 500 and a body that ends after 256 MB, unless the client goes."""
    poured: list[int] = field(default_factory=list)
    """How much of that body each answer came to."""
    packed: bool = False
    """Bytes come gzipped, whatever was asked for."""
    whole: bool = False
    """Ranges are not understood."""
    ranges: dict[str, list[str | None]] = field(default_factory=dict)
    elsewhere: list[str | None] = field(default_factory=list)
    """The tokens that the other host was shown."""
    go: threading.Event = field(default_factory=threading.Event)

    async def info(self, request: web.Request) -> web.Response:
        if self.status != 200:
            return web.json_response({"error": "so it is"}, status=self.status)
        if self.page is not None:
            return web.Response(body=self.page, content_type="text/html")
        if request.match_info["id"] != MODEL:
            return web.json_response({"error": "not found"}, status=404, headers={"X-Error-Code": "RepoNotFound"})
        card = {"license": "apache-2.0"}
        siblings = [_sibling(name, data) for name, data in self.files.items()]
        return web.json_response(
            {
                "id": MODEL,
                "sha": COMMIT,
                "siblings": siblings,
                "gated": "auto" if self.token else False,
                "cardData": card,
            }
        )

    async def resolve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if self.token is not None and request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"error": "gated"}, status=401, headers={"X-Error-Code": "GatedRepo"})
        if name.endswith(LARGE):
            raise web.HTTPFound(f"{self.url.replace('127.0.0.1', 'localhost')}/cdn/{name}")
        return await self._send(request, name)

    async def cdn(self, request: web.Request) -> web.StreamResponse:
        self.elsewhere.append(request.headers.get("Authorization"))
        return await self._send(request, request.match_info["name"])

    async def _send(self, request: web.Request, name: str) -> web.StreamResponse:
        asked = request.headers.get("Range")
        self.ranges.setdefault(name, []).append(asked)
        data = self.files[name]
        if self.pours:
            return await self._pour(request)
        if self.packed:
            return web.Response(body=gzip.compress(data), headers={"Content-Encoding": "gzip"})
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and not self.whole else 0
        if start >= len(data) and start:
            return web.Response(status=416)
        body = data[start:] if name not in self.wrong else bytes(len(data) - start)
        headers = {"Content-Length": str(len(body))}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        response = web.StreamResponse(status=206 if start else 200, headers=headers)
        await response.prepare(request)
        cuts = self.cuts.get(name)
        if cuts:
            await response.write(body[: cuts.pop(0)])
            await asyncio.sleep(0.05)
            assert request.transport is not None
            request.transport.abort()
            return response
        if name in self.held:
            await response.write(body[: self.held[name]])
            while not self.go.is_set():  # noqa: ASYNC110  (set by the test's thread)
                await asyncio.sleep(0.01)
            body = body[self.held[name] :]
        await response.write(body)
        return response

    async def _pour(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=500)
        self.poured.append(0)
        await response.prepare(request)
        with suppress(ConnectionError):
            for _ in range(256):
                await response.write(bytes(1 << 20))
                self.poured[-1] += 1 << 20
        return response


@contextmanager
def hub_of(directory: Path, **more: bytes) -> Iterator[FakeHub]:
    """A hub that has the files of a directory."""
    hub = FakeHub({path.name: path.read_bytes() for path in sorted(directory.iterdir())} | more)
    app = web.Application()
    app.router.add_get("/api/models/{id:.+/.+}", hub.info)
    app.router.add_get("/Tiny/Model-Instruct/resolve/{revision}/{name}", hub.resolve)
    app.router.add_get("/cdn/{name}", hub.cdn)
    app.router.add_get("/", _home)
    with served(app) as url:
        hub.url = url
        yield hub
        hub.go.set()


async def _home(request: web.Request) -> web.Response:
    return web.Response(text="a hub")


def _sibling(name: str, data: bytes) -> dict[str, Any]:
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    found: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": blob}
    if name.endswith(LARGE):
        found["lfs"] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "pointerSize": 130}
    return found
