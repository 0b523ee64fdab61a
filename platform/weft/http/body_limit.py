"""Refuses request bodies that are too large before Django stores any of them, and says so as JSON.

An ASGI wrapper: Django's own handler writes the whole body to a temporary file before any view or middleware runs.
"""

from __future__ import annotations

import asyncio
import json

from weft.http.asgi_types import AsgiApplication, Message, Receive, Scope, Send

MB = 1024 * 1024
MULTIPART_OVERHEAD = MB
# A client that is still sending reads no answer, so what it sends is thrown away first, within these bounds.
_DRAIN_BYTES = 1024 * MB
_DRAIN_S = 30.0


class BodyLimit:
    """`uploads` bounds multipart requests (bytes of files), `others` every other body."""

    def __init__(self, application: AsgiApplication, *, uploads: int, others: int = 10 * MB) -> None:
        self._application = application
        self._uploads, self._others = uploads, others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        is_upload = headers.get(b"content-type", b"").startswith(b"multipart/form-data")
        limit = self._uploads if is_upload else self._others
        allowed = limit + MULTIPART_OVERHEAD if is_upload else limit
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > allowed:
            if headers.get(b"expect", b"").lower() != b"100-continue":
                await _drain(receive)
            await _refuse(send, limit)
            return
        guarded = _Counted(receive, allowed)
        sent = _Watched(send)
        try:
            await self._application(scope, guarded, sent)
        except _TooLarge:
            if not sent.begun:
                await _drain(receive)
                await _refuse(send, limit)


class _TooLarge(Exception):
    """More arrived than is allowed: a body without a declared length, or with a false one."""


class _Counted:
    def __init__(self, receive: Receive, allowed: int) -> None:
        self._receive, self._left = receive, allowed

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _TooLarge
        return message


class _Watched:
    def __init__(self, send: Send) -> None:
        self._send, self.begun = send, False

    async def __call__(self, message: Message) -> None:
        self.begun = True
        await self._send(message)


async def _drain(receive: Receive) -> None:
    left = _DRAIN_BYTES
    try:
        async with asyncio.timeout(_DRAIN_S):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    return
    except TimeoutError:
        return


async def _refuse(send: Send, limit: int) -> None:
    body = {
        "code": "upload_too_large",
        "message": f"The request is larger than the limit of {limit / MB:g} MB. Send fewer or smaller files,"
        " or start Weft with a larger WEFT_MAX_UPLOAD_MB.",
        "details": {"max_bytes": limit},
    }
    raw = json.dumps(body).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(raw)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": raw})
