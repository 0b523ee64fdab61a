from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from weft.http import egress
from weft.http.egress import EgressError, fetch
from workflows.addresses import Policy
from workflows.egress import GuardedResolver


@pytest.fixture
async def server() -> AsyncIterator[int]:
    """A server on loopback whose answers try to lead further."""

    async def hello(request: web.Request) -> web.Response:
        return web.json_response(
            {"method": request.method, "auth": request.headers.get("Authorization"), "body": await request.text()}
        )

    async def to(request: web.Request) -> web.Response:
        return web.Response(status=int(request.query.get("status", 302)), headers={"Location": request.query["url"]})

    async def circle(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/circle"})

    async def big(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    async def never(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    app = web.Application()
    app.router.add_route("*", "/hello", hello)
    app.router.add_route("*", "/to", to)
    app.router.add_get("/circle", circle)
    app.router.add_get("/big", big)
    app.router.add_get("/never", never)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await egress.close()
    await runner.cleanup()


def allowing(port: int) -> Policy:
    return Policy.of([f"127.0.0.1:{port}"])


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "user:pass@127.0.0.1",
        "[::]",
    ],
)
async def test_this_machine_is_refused_under_all_its_names(server: int, host: str) -> None:
    with pytest.raises(EgressError) as refusal:
        await fetch("GET", f"http://{host}:{server}/hello", policy=Policy())

    assert refusal.value.code == "egress_refused"
    assert "WEFT_EGRESS_ALLOW=" in refusal.value.message


@pytest.mark.parametrize("host", ["2130706433", "0x7f.0.0.1", "0177.0.0.1", "127.1", "0", "localhost."])
async def test_odd_spellings_of_addresses_lead_nowhere(server: int, host: str) -> None:
    with pytest.raises(EgressError) as refusal:
        await fetch("GET", f"http://{host}:{server}/hello", policy=Policy())

    assert refusal.value.code in ("egress_refused", "egress_failed", "egress_bad_url")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://127.0.0.1/", "ftp://example.org/", "example.org", "http://", "http://[", ""]
)
async def test_only_http_urls(url: str) -> None:
    with pytest.raises(EgressError) as refusal:
        await fetch("GET", url, policy=Policy())

    assert refusal.value.code == "egress_bad_url"


async def test_the_refusal_names_the_exact_remedy_and_the_remedy_works(server: int) -> None:
    with pytest.raises(EgressError) as refusal:
        await fetch("GET", f"http://localhost:{server}/hello", policy=Policy())
    remedy = refusal.value.message.rpartition("WEFT_EGRESS_ALLOW=")[2]

    answer = await fetch(
        "GET", f"http://127.0.0.1:{server}/hello", policy=Policy.of([remedy.replace("[::1]", "127.0.0.1")])
    )

    assert answer.status == 200


@pytest.mark.parametrize("host", ["169.254.169.254", "localhost", "[::1]", "127.0.0.2"])
async def test_a_redirect_is_checked_like_a_request(server: int, host: str) -> None:
    with pytest.raises(EgressError) as refusal:
        await fetch("GET", f"http://127.0.0.1:{server}/to?url=http://{host}:1/hello", policy=allowing(server))

    assert refusal.value.code == "egress_refused"


async def test_a_name_that_changes_its_address_between_check_and_connection_gains_nothing(
    server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["8.8.8.8", "127.0.0.1"])
    asked: list[str] = []

    def resolve(host: str, port: int, *args: object, **kwargs: object) -> list[object]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    await egress.check(f"http://rebind.example.org:{server}/hello", Policy())

    with pytest.raises(EgressError) as refusal:
        await fetch("GET", f"http://rebind.example.org:{server}/hello", policy=Policy())

    assert (refusal.value.code, asked) == ("egress_refused", ["rebind.example.org", "rebind.example.org"])


@pytest.mark.parametrize(("address", "allowed"), [("8.8.8.8", True), ("10.0.0.1", False), ("127.0.0.1", True)])
async def test_no_socket_is_made_for_an_address_that_was_not_checked(address: str, allowed: bool) -> None:
    gate = GuardedResolver(Policy.of(["127.0.0.1"]))
    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))
    if allowed:
        gate.open_socket(info).close()
    else:
        with pytest.raises(OSError, match="refused"):
            gate.open_socket(info)


async def test_redirects_are_followed_and_keys_stay_with_their_origin(server: int) -> None:
    policy = Policy.of([f"127.0.0.1:{server}", f"localhost:{server}"])
    headers = {"Authorization": "Bearer secret"}

    same = await fetch("GET", f"http://127.0.0.1:{server}/to?url=/hello", headers=headers, policy=policy)
    other = await fetch(
        "POST",
        f"http://127.0.0.1:{server}/to?status=303&url=http://localhost:{server}/hello",
        headers=headers,
        data=b"x",
        policy=policy,
    )

    assert same.body == b'{"method": "GET", "auth": "Bearer secret", "body": ""}'
    assert other.body == b'{"method": "GET", "auth": null, "body": ""}'


async def test_a_307_sends_the_body_again(server: int) -> None:
    answer = await fetch(
        "POST", f"http://127.0.0.1:{server}/to?status=307&url=/hello", data=b"again", policy=allowing(server)
    )

    assert answer.body == b'{"method": "POST", "auth": null, "body": "again"}'


async def test_a_circle_of_redirects_ends(server: int) -> None:
    with pytest.raises(EgressError) as refusal:
        await fetch("GET", f"http://127.0.0.1:{server}/circle", policy=allowing(server), timeout_s=5)

    assert refusal.value.code == "egress_redirects"


async def test_a_redirect_to_what_is_no_url_is_an_error_of_ours(server: int) -> None:
    with pytest.raises(EgressError) as refusal:
        await fetch("GET", f"http://127.0.0.1:{server}/to?url=http://[", policy=allowing(server))

    assert refusal.value.code == "egress_bad_url"


async def test_an_endless_answer_is_cut(server: int) -> None:
    with pytest.raises(EgressError) as refusal:
        await fetch("GET", f"http://127.0.0.1:{server}/big", policy=allowing(server), max_bytes=1_000_000)

    assert refusal.value.code == "egress_too_large"


async def test_a_silent_server_is_left_in_time(server: int) -> None:
    with pytest.raises(EgressError) as refusal:
        await fetch("GET", f"http://127.0.0.1:{server}/never", policy=allowing(server), timeout_s=0.2)

    assert refusal.value.code == "egress_timeout"


async def test_a_closed_port_is_a_sentence(server: int) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(EgressError) as failure:
            await fetch("GET", f"http://127.0.0.1:{port}/", policy=allowing(port))

    assert failure.value.code == "egress_failed"
    assert f"http://127.0.0.1:{port}" in failure.value.message


async def test_a_proxy_in_the_environment_is_not_used(server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert (await fetch("GET", f"http://127.0.0.1:{server}/hello", policy=allowing(server))).status == 200
