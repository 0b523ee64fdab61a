"""Requests of the command line, over a real server on loopback: what is refused, what is bounded, what is handed on."""

from __future__ import annotations

import asyncio
import datetime
import json
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from workflows.cli.files import LocalFiles, file_value
from workflows.cli.http import GuardedHttp
from workflows.errors import HttpError
from workflows.ports import HttpRequest, HttpResponse

_HOUR = datetime.timedelta(hours=1)


@pytest.fixture
async def server() -> AsyncIterator[int]:
    async def redirect(request: web.Request) -> web.Response:
        return web.Response(status=int(request.query.get("status", 302)), headers={"Location": request.query["to"]})

    async def echo(request: web.Request) -> web.Response:
        sent = {key.lower(): value for key, value in request.headers.items()}
        return web.json_response({"method": request.method, "headers": sent, "size": len(await request.read())})

    async def large(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 5000)

    async def stops(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"some")
        await asyncio.Event().wait()
        return response

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/redirect", redirect)
    app.router.add_route("*", "/echo", echo)
    app.router.add_get("/large", large)
    app.router.add_get("/stops", stops)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@pytest.fixture
async def deaf() -> AsyncIterator[int]:
    """A server that takes connections and reads nothing."""
    gone = asyncio.Event()

    async def ignore(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await gone.wait()
        writer.close()

    server = await asyncio.start_server(ignore, "127.0.0.1", 0, limit=1024)
    yield server.sockets[0].getsockname()[1]
    gone.set()
    server.close()


async def send(allow: str, **request: Any) -> HttpResponse:
    http = GuardedHttp(allow)
    try:
        return await http.request(HttpRequest(**{"method": "GET", **request}))
    finally:
        await http.close()


async def refused(allow: str, **request: Any) -> str:
    with pytest.raises(HttpError) as raised:
        await send(allow, **request)
    return raised.value.code


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "169.254.169.254", "10.0.0.1",
        "192.168.0.1", "172.16.0.1", "100.64.0.1", "[fd00:ec2::254]", "[fe80::1]",
    ],
)  # fmt: skip
async def test_addresses_inside_are_refused(server: int, host: str) -> None:
    assert await refused("", url=f"http://{host}:{server}/echo") == "egress_refused"


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0"])
async def test_odd_spellings_lead_nowhere(server: int, host: str) -> None:
    assert await refused("", url=f"http://{host}:{server}/echo") in ("egress_refused", "egress_failed")


@pytest.mark.parametrize("allow", ["127.0.0.1", "127.0.0.0/8", "localhost , 127.0.0.1", "10.0.0.0/8,127.0.0.1"])
async def test_the_operator_can_open_hosts_and_networks(server: int, allow: str) -> None:
    assert (await send(allow, url=f"http://127.0.0.1:{server}/echo")).status == 200


async def test_an_opened_name_opens_no_other(server: int) -> None:
    assert (await send("localhost", url=f"http://localhost:{server}/echo")).status == 200
    assert await refused("localhost", url=f"http://127.0.0.1:{server}/echo") == "egress_refused"


@pytest.mark.parametrize("target", ["http://169.254.169.254/latest/", "http://10.0.0.1/", "//127.0.0.2/"])
async def test_a_redirect_is_checked_like_a_request(server: int, target: str) -> None:
    assert await refused("127.0.0.1", url=f"http://127.0.0.1:{server}/redirect?to={target}") == "egress_refused"


async def test_a_name_is_resolved_once_and_the_checked_address_is_used(
    server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def resolve(host: str, port: int, *_: object, **__: object) -> list[object]:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "169.254.169.254"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    response = await send("127.0.0.1", url=f"http://rebinds.example:{server}/echo")
    assert (response.status, asked) == (200, ["rebinds.example"])
    assert await refused("127.0.0.1", url=f"http://rebinds.example:{server}/echo") == "egress_refused"


async def test_credentials_stay_with_the_server_they_are_for(server: int) -> None:
    target = f"http://localhost:{server}/echo"
    headers = [("Authorization", "Bearer k"), ("X-Api-Key", "k"), ("Cookie", "c"), ("X-Pass", "k"), ("X-Kept", "1")]
    response = await send(
        "127.0.0.1,localhost",
        method="POST",
        url=f"http://127.0.0.1:{server}/redirect?to={target}",
        headers=headers,
        secret_headers=("x-pass",),
        body=b"secret",
    )
    seen = json.loads(response.body)
    assert (seen["method"], seen["size"], response.url) == ("GET", 0, target)
    assert {"authorization", "x-api-key", "cookie", "x-pass", "x-kept"} & seen["headers"].keys() == {"x-kept"}


async def test_a_request_is_bounded_in_every_way(server: int, deaf: int) -> None:
    base = f"http://127.0.0.1:{server}"
    assert await refused("127.0.0.1", url=f"{base}/large", max_bytes=1000) == "egress_too_large"
    assert await refused("127.0.0.1", url=f"{base}/stops", timeout_s=0.2) == "egress_timeout"
    assert await refused("127.0.0.1", url=f"{base}/stops", read_s=0.2) == "egress_timeout"
    unread = {"method": "POST", "url": f"http://127.0.0.1:{deaf}/", "body": b"x" * 32 * 1024 * 1024}
    assert await refused("127.0.0.1", **unread, write_s=0.2) == "egress_timeout"


async def test_a_large_body_that_is_paced_arrives_whole(server: int) -> None:
    body = b"x" * 3_000_000
    response = await send("127.0.0.1", method="PUT", url=f"http://127.0.0.1:{server}/echo", body=body, write_s=5)
    seen = json.loads(response.body)
    assert (seen["size"], seen["headers"]["content-length"]) == (3_000_000, "3000000")


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[int]:
    """A server whose certificate nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + _HOUR)
    certificate = builder.sign(key, hashes.SHA256())
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    async def hello(request: web.Request) -> web.Response:
        return web.Response(text="secure")

    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


async def test_a_certificate_is_checked_unless_the_author_says_not_to(secure: int) -> None:
    url = f"https://127.0.0.1:{secure}/"
    assert await refused("127.0.0.1", url=url) == "egress_failed"
    assert (await send("127.0.0.1", url=url, verify_ssl=False)).body == b"secure"
    assert await refused("", url=url, verify_ssl=False) == "egress_refused"


async def test_files_are_read_where_the_run_may_and_nowhere_else(tmp_path: Path, server: int) -> None:
    given, other = tmp_path / "given.txt", tmp_path / "other.txt"
    given.write_bytes(b"given")
    other.write_bytes(b"other")
    http = GuardedHttp("127.0.0.1")
    files = LocalFiles([file_value(given)], http)

    made = await files.save(b"\x89PNG", name="../made.png", mime_type="image/png", run_id="r")
    remote = {"type": "document", "transfer_method": "remote_url", "remote_url": f"http://127.0.0.1:{server}/large"}

    assert await files.read(file_value(given)) == b"given"
    assert await files.read(made) == b"\x89PNG"
    assert (made["filename"], made["type"], made["size"]) == ("made.png", "image", 4)
    assert await files.read(remote) == b"x" * 5000
    with pytest.raises(PermissionError):
        await files.read(file_value(other))
    with pytest.raises(HttpError):
        await files.read({**remote, "remote_url": "http://169.254.169.254/"})
    await http.close()
