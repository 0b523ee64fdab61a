from __future__ import annotations

import json
from typing import Any

import pytest

from weft.http.body_limit import MB, BodyLimit


class Conversation:
    """One HTTP exchange at the ASGI border: what the client sends, what the application got, what came back."""

    def __init__(self, headers: dict[str, str], chunks: list[bytes]) -> None:
        self.scope = {"type": "http", "headers": [(k.encode(), v.encode()) for k, v in headers.items()]}
        self.left = list(chunks)
        self.received = 0
        self.sent: list[Any] = []

    async def receive(self) -> dict[str, Any]:
        if not self.left:
            return {"type": "http.disconnect"}
        body = self.left.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(self.left)}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        more = True
        while more:
            message = await receive()
            self.received += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    async def run(self) -> tuple[int, bytes]:
        limit = BodyLimit(self.application, uploads=2 * MB, others=MB)
        await limit(self.scope, self.receive, self.send)
        return self.sent[0]["status"], self.sent[1]["body"]


UPLOAD = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("content_type", "size", "limit"),
    [(UPLOAD, 3 * MB + 1, 2 * MB), ("application/json", MB + 1, MB), ("", 200 * MB, MB)],
)
async def test_a_declared_size_over_the_limit_is_refused_before_the_application(
    content_type: str, size: int, limit: int
) -> None:
    exchange = Conversation({"content-type": content_type, "content-length": str(size)}, [b"x" * MB] * (size // MB + 1))

    status, body = await exchange.run()

    assert (status, exchange.received, exchange.left) == (413, 0, [])
    assert json.loads(body) == {
        "code": "upload_too_large",
        "message": f"The request is larger than the limit of {limit // MB} MB. Send fewer or smaller files,"
        " or start Weft with a larger WEFT_MAX_UPLOAD_MB.",
        "details": {"max_bytes": limit},
    }


async def test_a_client_that_waits_for_leave_is_refused_without_sending() -> None:
    headers = {"content-type": UPLOAD, "content-length": str(200 * MB), "expect": "100-continue"}
    exchange = Conversation(headers, [b"x" * MB] * 200)

    status, _ = await exchange.run()

    assert (status, len(exchange.left)) == (413, 200)


@pytest.mark.parametrize("headers", [{}, {"content-length": "10"}, {"content-length": "many"}])
async def test_what_was_not_declared_is_counted(headers: dict[str, str]) -> None:
    exchange = Conversation({"content-type": "application/json", **headers}, [b"x" * (MB // 2)] * 10)

    status, _ = await exchange.run()

    assert (status, exchange.received) == (413, MB)


async def test_what_fits_passes_unchanged() -> None:
    exchange = Conversation({"content-type": UPLOAD, "content-length": str(2 * MB)}, [b"x" * MB] * 2)
    assert (await exchange.run(), exchange.received) == ((200, b"ok"), 2 * MB)
