"""The one WebSocket of a browser tab: it subscribes to topics, each with a cursor of its own.

Knows topics and access; the events come from `streams` (runs) and from `weft.events` (everything else). Business code
never sees it.

    client {"op": "subscribe", "topic": "run:<id>", "after": 12}      server {"topic", "subscribed": true, "after": 12}
    client {"op": "unsubscribe", "topic"}, {"op": "ping"}             server {"topic", "event": {...}}, {"op": "pong"}
                                                                      server {"topic", "error": {"code", "message"}}
                                                                      server {"topic", "reset": true, "after": 7}:
                                                                      read it again
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec
from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer

from apps.accounts.services import Actor
from apps.runs import topics
from apps.runs.sockets import actor_of_cookies
from weft.db.aio import call_db
from weft.events.ending import end_tasks
from weft.http.errors import WeftError

MAX_TOPICS = 50
NOT_SIGNED_IN = 4401
TOO_MANY = WeftError("too_many_topics", f"One socket follows at most {MAX_TOPICS} topics.", 429)

log = logging.getLogger(__name__)


class StreamConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Carries events to one tab. Slow tabs slow down only themselves: each topic waits for its own sends."""

    # No channel layer: cursors need no groups, and a layer keeps one blocking Redis read for each socket.
    channel_layer_alias = "none"

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Channels' own first tidies connections in a thread that all sockets share; `call_db` leaves none behind."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        self._follows: dict[str, asyncio.Task[None]] = {}
        await self.accept()
        try:
            await self._actor()
        except WeftError:
            await self.close(code=NOT_SIGNED_IN)

    async def disconnect(self, code: int) -> None:
        await end_tasks(*self._follows.values())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            message = msgspec.json.decode(text_data or bytes_data or b"", type=dict[str, Any])
        except msgspec.DecodeError:
            return await self._send({"error": {"code": "invalid", "message": "A message must be a JSON object."}})
        topic = str(message.get("topic", ""))
        match message.get("op"):
            case "subscribe":
                await self._subscribe(topic, message.get("after"))
            case "unsubscribe":
                await self._unsubscribe(topic)
            case "ping":
                await self._send({"op": "pong"})
            case op:
                await self._send({"error": {"code": "invalid", "message": f"There is no op {op!r}."}})
        return None

    async def _subscribe(self, topic: str, after: Any) -> None:
        await self._unsubscribe(topic)
        try:
            if len(self._follows) >= MAX_TOPICS:
                raise TOO_MANY
            # asked again for every topic: the user may have been signed out since
            actor = await self._actor()
            follow = await call_db(topics.open_topic, actor, topic, after)
        except WeftError as error:
            await self._send({"topic": topic, "error": {"code": error.code, "message": error.message}})
            return
        await self._send({"topic": topic, "subscribed": True, "after": follow.after})
        self._follows[topic] = asyncio.create_task(self._follow(topic, follow.messages()))

    async def _unsubscribe(self, topic: str) -> None:
        task = self._follows.pop(topic, None)
        if task is not None:
            await end_tasks(task)

    async def _follow(self, topic: str, messages: AsyncGenerator[bytes, None]) -> None:
        try:
            async with aclosing(messages):
                async for message in messages:
                    await self.send(text_data=message.decode())
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("Following %s failed", topic)
            error = {"code": "internal_error", "message": "The stream broke in Weft; subscribe again."}
            await self._send({"topic": topic, "error": error})

    async def _actor(self) -> Actor:
        return await call_db(actor_of_cookies, dict(self.scope["headers"]).get(b"cookie", b"").decode("latin-1"))

    async def _send(self, message: dict[str, Any]) -> None:
        await self.send(text_data=msgspec.json.encode(message).decode())
