"""The way to the hub: what is said at once, and what a machine without network hears."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from inference.hub.network import HubAddress, Network, hub_address
from tests.fakes.serving import served
from tests.inference.inside import until


async def home(request: web.Request) -> web.Response:
    return web.Response(status=403)


async def never(request: web.Request) -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError


async def test_any_answer_means_that_the_hub_is_there() -> None:
    app = web.Application()
    app.router.add_get("/", home)
    with served(app) as url:
        network = Network(HubAddress(url, allowed=True))
        first = network.described()
        await until(lambda: _known(network))
        later = network.described()
        await network.close()

    assert first == {"state": "unknown", "endpoint": url, "message": "", "checked_s_ago": None}
    assert (later["state"], later["message"]) == ("online", "")


async def _known(network: Network) -> bool:
    return network.state != "unknown"


async def test_a_hub_that_is_silent_is_out_of_reach_after_the_limit() -> None:
    app = web.Application()
    app.router.add_get("/", never)
    with served(app) as url:
        network = Network(HubAddress(url, allowed=True), timeout_s=0.05)
        state = await network.check()
        message = network.message
        await network.close()

    assert state == "offline"
    assert message == (
        f"{url} does not answer: no answer in 0.05 s. Models on disk can be served. Connect this machine, set "
        "HF_ENDPOINT to a mirror that it reaches, or give a directory."
    )


async def test_what_the_operator_switched_off_is_never_asked() -> None:
    network = Network(HubAddress("http://127.0.0.1:1", allowed=False))
    assert (network.state, await network.check(), network.state) == ("disabled", "disabled", "disabled")
    assert network.message.startswith("Downloads are switched off by HF_HUB_OFFLINE;")


@pytest.mark.parametrize(
    ("endpoint", "offline", "expected"),
    [
        ("", "", HubAddress("https://huggingface.co", allowed=True)),
        ("https://hf-mirror.com/", "0", HubAddress("https://hf-mirror.com", allowed=True)),
        ("", "1", HubAddress("https://huggingface.co", allowed=False)),
    ],
)
def test_the_environment_says_where_the_hub_is(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, offline: str, expected: HubAddress
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    monkeypatch.setenv("HF_HUB_OFFLINE", offline)
    assert hub_address() == expected
