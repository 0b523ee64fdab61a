"""Files behind a URL: read through the guard, and only up to a size that memory bears."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from pytest_django import Settings

from apps.runs.adapters import files as adapter
from apps.runs.adapters.files import RunFiles
from weft.http import egress
from workflows.errors import HttpError


@pytest.fixture
async def site(settings: Settings) -> AsyncIterator[str]:
    """A server whose /file is as large as its query says."""
    settings.EGRESS_ALLOW = ("127.0.0.1",)
    app = web.Application()
    app.router.add_get("/file", _file)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await egress.close()
    await runner.cleanup()


async def _file(request: web.Request) -> web.Response:
    return web.Response(body=b"x" * int(request.query["size"]))


def _remote(url: str) -> dict[str, Any]:
    return {"transfer_method": "remote_url", "url": url}


async def test_a_remote_file_is_read_up_to_the_limit(site: str) -> None:
    limit = 20 * 1024 * 1024
    files = RunFiles(uuid4(), str(uuid4()))

    read = await files.read(_remote(f"{site}/file?size={limit}"))
    with pytest.raises(HttpError) as refused:
        await files.read(_remote(f"{site}/file?size={limit + 1}"))

    assert (adapter.MAX_REMOTE_BYTES, len(read)) == (limit, limit)
    assert (refused.value.code, refused.value.retryable) == ("remote_file_too_large", False)
    assert refused.value.message == (
        f"The file at {site}/file?size={limit + 1} is larger than 20 MB, the most that is read from a URL."
        " Upload it instead."
    )


async def test_a_remote_file_inside_this_network_is_refused(settings: Settings) -> None:
    settings.EGRESS_ALLOW = ()
    with pytest.raises(HttpError) as refused:
        await RunFiles(uuid4(), str(uuid4())).read(_remote("http://127.0.0.1:1/file"))
    assert (refused.value.code, refused.value.retryable) == ("egress_refused", False)
