"""One HTTP exchange over raw ASGI: read a bounded body, send JSON, send a stream of events.

Knows no route and no model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from inference.config import ServerConfig
from inference.errors import BadRequest, BodyTooLarge, InferenceError, RequestTimeout
from inference.server.misfits import misfit
from inference.server.protocol import PASSED_OVER

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

T = TypeVar("T")

MAX_WARNING_CHARS = 500


class ClientGone(Exception):
    """The client closed its connection before its request was read whole, or reads no more."""


class Exchange:
    """One request and its response. `status` is None until the response has begun."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, config: ServerConfig) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.rest = ""
        """What follows the route's own path, where the route takes more."""
        self.query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
        self.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self.status: int | None = None
        self._receive = receive
        self._plain_send = send
        self._max_body_bytes = config.max_body_bytes
        self._stall_s = config.stall_s
        self._strict = config.strict_fields
        self._headers: dict[str, str] = {}
        self._body_read = asyncio.Event()
        self._streaming = False

    async def body(self) -> bytes:
        """The whole body; raises BodyTooLarge as soon as it is known to be over the limit."""
        self._check_size(int(self.headers.get("content-length") or 0))
        parts = bytearray()
        while True:
            try:
                async with asyncio.timeout(self._stall_s):
                    message = await self._receive()
            except TimeoutError:
                raise RequestTimeout(
                    "body_incomplete", f"Nothing of the request's body came for {self._stall_s:g} s; send it again."
                ) from None
            if message["type"] == "http.disconnect":
                raise ClientGone
            parts += message.get("body", b"")
            self._check_size(len(parts))
            if not message.get("more_body", False):
                self._body_read.set()
                return bytes(parts)

    async def read(self, shape: type[T]) -> T:
        """The body decoded into `shape`; raises BadRequest naming the field that does not fit."""
        raw = await self.body()
        try:
            decoded = msgspec.json.decode(raw, type=shape)
            self._look_for_unknown(raw, shape)
            return decoded
        except msgspec.ValidationError as error:
            raise misfit(error, shape) from error
        except RecursionError:
            raise BadRequest("invalid_json", "The request body is nested too deep; make it flatter.") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadRequest("invalid_json", f"The request body is not valid JSON: {error}") from error

    def _look_for_unknown(self, raw: bytes, shape: type) -> None:
        given = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        unknown = sorted(given.keys() - _known(shape) - PASSED_OVER)
        if not unknown:
            return
        if self._strict:
            raise BadRequest(
                "unknown_field", f"The field {unknown[0]!r} is not known here; leave it out.", param=unknown[0]
            )
        named = ", ".join(name for name in unknown if name.isidentifier() and name.isascii())[:MAX_WARNING_CHARS]
        self._headers["warning"] = f'299 - "fields that are not known here were ignored: {named}"'

    async def disconnected(self) -> None:
        """Return when the client has gone. Starts to listen once the body has been read."""
        if self.method not in ("GET", "HEAD"):
            await self._body_read.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def send_json(self, value: object, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
        await self.send_bytes(msgspec.json.encode(value), "application/json", status=status, headers=headers)

    async def send_bytes(
        self, body: bytes, content_type: str, *, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        sent = {"content-type": content_type, "content-length": str(len(body)), **(headers or {})}
        await self._start(status, sent)
        await self._send({"type": "http.response.body", "body": b"" if self.method == "HEAD" else body})

    async def send_error(self, error: InferenceError) -> None:
        """Answer with OpenAI's error envelope: as the response, or as the last event of a stream already begun."""
        envelope = error_envelope(error)
        if self._streaming:
            await self.send_event(msgspec.json.encode(envelope))
            await self.end_stream()
        elif self.status is None:
            headers = {"retry-after": str(error.retry_after_s)} if error.retry_after_s is not None else None
            await self.send_json(envelope, status=error.status, headers=headers)

    async def send_event(self, data: bytes) -> None:
        """Send one server-sent event, beginning the stream with the first. Waits while the client reads slowly."""
        if not self._streaming:
            self._streaming = True
            await self._start(
                200,
                {
                    "content-type": "text/event-stream; charset=utf-8",
                    "cache-control": "no-cache",
                    "x-accel-buffering": "no",
                },
            )
        await self._send({"type": "http.response.body", "body": b"data: " + data + b"\n\n", "more_body": True})

    async def end_stream(self) -> None:
        await self._send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})
        self._streaming = False

    async def _start(self, status: int, headers: dict[str, str]) -> None:
        self.status = status
        pairs = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in {**headers, **self._headers}.items()
        ]
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})

    async def _send(self, message: Message) -> None:
        """Raises ClientGone when the client has read nothing for too long: what it asked for is given up."""
        try:
            async with asyncio.timeout(self._stall_s):
                await self._plain_send(message)
        except TimeoutError:
            raise ClientGone from None

    def _check_size(self, n_bytes: int) -> None:
        if n_bytes > self._max_body_bytes:
            raise BodyTooLarge(
                "body_too_large",
                f"The request body is over the limit of {self._max_body_bytes} bytes; send less at a time.",
            )


@cache
def _known(shape: type) -> frozenset[str]:
    """Names of a body's fields; msgspec takes milliseconds to tell them."""
    return frozenset(field.encode_name for field in msgspec.structs.fields(shape))


def error_envelope(error: InferenceError) -> dict[str, object]:
    return {"error": {"message": error.message, "type": error.kind, "param": error.param, "code": error.code}}
