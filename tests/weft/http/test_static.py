"""The front end's files as a browser gets them."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from weft.http.asgi_types import Receive, Scope, Send
from weft.http.static import StaticFiles

NOT_OURS = (418, {}, b"the application")


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    write(folder / "theme.js", "theme")
    write(folder / "index.html", "<shell>")
    write(folder / "embed.js", "embed")
    write(folder / "assets" / "app-B1x2.js", "app" * 1000)
    (folder / "assets" / "app-B1x2.js.gz").write_bytes(gzip.compress(b"app" * 1000))
    write(tmp_path / "secret.js", "secret")
    return folder


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


class Browser:
    def __init__(self, dist: Path) -> None:
        self.files = StaticFiles(self.application, dist, prefix="/static/app/", aliases={"/embed.js": "embed.js"})

    async def application(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b"the application"})

    async def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            raise AssertionError("nothing is received")

        asked = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        await self.files({"type": "http", "method": method, "path": path, "headers": asked}, receive, send)
        start, body = sent
        return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


@pytest.fixture
def browser(dist: Path) -> Browser:
    return Browser(dist)


@pytest.mark.parametrize(
    ("path", "cache_control"),
    [
        ("/static/app/assets/app-B1x2.js", "public, max-age=315360000, immutable"),
        ("/static/app/theme.js", "no-cache"),
        ("/embed.js", "public, max-age=300"),
    ],
)
async def test_how_long_a_file_may_be_kept(browser: Browser, path: str, cache_control: str) -> None:
    status, headers, _ = await browser.get(path)

    kept = {name: headers[name] for name in ("cache-control", "content-type", "x-content-type-options")}
    assert status == 200
    assert kept == {
        "cache-control": cache_control,
        "content-type": 'text/javascript; charset="utf-8"',
        "x-content-type-options": "nosniff",
    }


async def test_who_takes_gzip_gets_the_compressed_file(browser: Browser) -> None:
    path = "/static/app/assets/app-B1x2.js"
    status, headers, body = await browser.get(path, accept_encoding="gzip, br")
    assert (status, headers["content-encoding"], headers["vary"]) == (200, "gzip", "Accept-Encoding")
    assert gzip.decompress(body) == b"app" * 1000

    _, plain, body = await browser.get(path)
    assert (plain.get("content-encoding"), plain["vary"], body) == (None, "Accept-Encoding", b"app" * 1000)


async def test_a_file_that_did_not_change_is_not_sent_again(browser: Browser) -> None:
    _, headers, _ = await browser.get("/static/app/theme.js")

    status, again, body = await browser.get("/static/app/theme.js", if_none_match=headers["etag"])

    assert (status, again["cache-control"], body) == (304, "no-cache", b"")


async def test_head_range_and_other_methods(browser: Browser) -> None:
    status, headers, body = await browser.get("/static/app/theme.js", "HEAD")
    assert (status, headers["content-length"], body) == (200, "5", b"")

    status, headers, body = await browser.get("/static/app/theme.js", range="bytes=1-2")
    assert (status, headers["content-range"], body) == (206, "bytes 1-2/5", b"he")

    assert (await browser.get("/static/app/theme.js", "POST"))[0] == 405


async def test_a_new_build_is_served_at_once(browser: Browser, dist: Path) -> None:
    assert await browser.get("/static/app/assets/app-C3y4.js") == NOT_OURS
    await browser.get("/static/app/theme.js")
    await browser.get("/static/app/assets/app-B1x2.js")

    write(dist / "assets" / "app-C3y4.js", "new")
    write(dist / "theme.js", "another theme")
    os.utime(dist / "theme.js", (2**31, 2**31))
    (dist / "assets" / "app-B1x2.js").unlink()

    assert (await browser.get("/static/app/assets/app-C3y4.js"))[2] == b"new"
    assert (await browser.get("/static/app/theme.js"))[2] == b"another theme"
    assert await browser.get("/static/app/assets/app-B1x2.js") == NOT_OURS


async def test_a_folder_that_is_built_after_the_start(tmp_path: Path) -> None:
    browser = Browser(tmp_path / "later")
    assert await browser.get("/embed.js") == NOT_OURS

    write(tmp_path / "later" / "embed.js", "embed")

    assert (await browser.get("/embed.js"))[2] == b"embed"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/v1/session",
        "/static/app/",
        "/static/app/assets",
        "/static/app/index.html",
        "/static/app/../secret.js",
        "/static/app/assets/../../../secret.js",
        "/static/app//etc/passwd",
        "/static/app/theme.js\0",
        "/static/app/" + "a" * 5000,
    ],
)
async def test_everything_else_is_the_applications(browser: Browser, path: str) -> None:
    assert await browser.get(path) == NOT_OURS
