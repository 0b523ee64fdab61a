"""Which addresses the command line's HTTP port reaches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from workflows.cli.egress import EgressPolicy
from workflows.cli.http import GuardedHttp
from workflows.errors import HttpError
from workflows.ports import HttpRequest


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "ff02::1",
    ],
)  # fmt: skip
def test_private_addresses_are_refused(address: str) -> None:
    assert not EgressPolicy().allows("example.org", address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert EgressPolicy().allows("example.org", address)


@pytest.mark.parametrize(
    ("allow", "host", "address", "allowed"),
    [
        ("10.0.0.0/8", "x", "10.1.2.3", True),
        ("10.0.0.0/8", "x", "192.168.0.1", False),
        ("intra.example, 127.0.0.1", "intra.example", "192.168.0.1", True),
        ("intra.example, 127.0.0.1", "x", "127.0.0.1", True),
        ("intra.example", "evil.intra.example", "192.168.0.1", False),
    ],
)
def test_hosts_and_networks_can_be_opened(allow: str, host: str, address: str, allowed: bool) -> None:
    assert EgressPolicy(allow).allows(host, address) is allowed


@pytest.fixture
async def server() -> AsyncIterator[str]:
    async def redirect(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.query["to"])

    async def echo(request: web.Request) -> web.Response:
        return web.json_response(
            {"method": request.method, "headers": dict(request.headers), "body": await request.text()}
        )

    async def large(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 5000)

    async def loop(request: web.Request) -> web.Response:
        raise web.HTTPFound("/loop")

    app = web.Application()
    app.add_routes(
        [
            web.get("/loop", loop),
            web.route("*", "/redirect", redirect),
            web.route("*", "/echo", echo),
            web.get("/large", large),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def send(allow: str, **request: Any) -> Any:
    http = GuardedHttp(EgressPolicy(allow))
    try:
        return await http.request(HttpRequest(**request))
    finally:
        await http.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433"])
async def test_the_own_machine_is_refused_by_default(host: str) -> None:
    with pytest.raises(HttpError) as raised:
        await send("", method="GET", url=f"http://{host}:9/")

    assert raised.value.code in ("egress_refused", "http_unreachable")
    assert raised.value.code == "egress_refused" or host == "2130706433"


async def test_a_redirect_to_a_private_address_is_refused(server: str) -> None:
    with pytest.raises(HttpError) as raised:
        await send("127.0.0.1", method="GET", url=f"{server}/redirect?to=http://169.254.169.254/latest/")

    assert raised.value.code == "egress_refused"


async def test_a_redirect_to_another_host_loses_credentials_and_body(server: str) -> None:
    other = server.replace("127.0.0.1", "localhost")
    response = await send(
        "127.0.0.1,localhost", method="POST", url=f"{server}/redirect?to={other}/echo", body=b"secret",
        headers=[("Authorization", "Bearer k"), ("X-Kept", "1")],
    )  # fmt: skip

    text = response.body.decode()
    assert response.status == 200
    assert '"method": "GET"' in text
    assert "Bearer" not in text
    assert "secret" not in text
    assert "X-Kept" in text


async def test_endless_redirects_and_large_answers_end(server: str) -> None:
    with pytest.raises(HttpError) as raised:
        await send("127.0.0.1", method="GET", url=f"{server}/loop")
    assert raised.value.code == "http_redirects"

    with pytest.raises(HttpError) as raised:
        await send("127.0.0.1", method="GET", url=f"{server}/large", max_bytes=1000)
    assert raised.value.code == "http_too_large"
