"""Can the hub be reached from here? Asked in the background, so that a machine without network never waits."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from typing import Literal

import aiohttp

DEFAULT_ENDPOINT = "https://huggingface.co"
TIMEOUT_S = 4.0
"""After which a hub counts as out of reach."""
_LASTS_S = {"online": 60.0, "offline": 15.0}
_ON = frozenset({"1", "ON", "YES", "TRUE"})
"""What counts as set, as huggingface_hub has it."""

State = Literal["online", "offline", "disabled", "unknown"]


@dataclass(frozen=True, slots=True)
class HubAddress:
    endpoint: str
    allowed: bool
    """False where the operator set HF_HUB_OFFLINE."""


def hub_address() -> HubAddress:
    """Where the hub is, by HF_ENDPOINT and HF_HUB_OFFLINE of the environment as it is now."""
    endpoint = (os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")
    return HubAddress(endpoint, os.environ.get("HF_HUB_OFFLINE", "").upper() not in _ON)


class Network:
    """What is known of the way to the hub. Belongs to one event loop."""

    def __init__(self, address: HubAddress, *, timeout_s: float = TIMEOUT_S) -> None:
        self._address = address
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._state: State = "unknown" if address.allowed else "disabled"
        self._why = ""
        self._checked = 0.0
        self._asking: asyncio.Task[State] | None = None

    @property
    def state(self) -> State:
        """What is known now; asks again in the background where that is old."""
        if self._state != "disabled" and time.monotonic() - self._checked > _LASTS_S.get(self._state, 0.0):
            self._ask()
        return self._state

    @property
    def message(self) -> str:
        """The state in a sentence, with what to do; "" while there is nothing to say."""
        if self._state == "disabled":
            return (
                "Downloads are switched off by HF_HUB_OFFLINE; models on disk can be served. Start the model server "
                "without it, or give a directory."
            )
        if self._state == "offline":
            return (
                f"{self._address.endpoint} does not answer: {self._why}. Models on disk can be served. Connect this "
                "machine, set HF_ENDPOINT to a mirror that it reaches, or give a directory."
            )
        return ""

    def described(self) -> dict[str, object]:
        state = self.state
        age = round(time.monotonic() - self._checked, 1) if self._checked else None
        return {"state": state, "endpoint": self._address.endpoint, "message": self.message, "checked_s_ago": age}

    async def check(self) -> State:
        """Ask now. Takes as long as the hub does, at most the time limit."""
        return self._state if self._state == "disabled" else await asyncio.shield(self._ask())

    async def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    def _ask(self) -> asyncio.Task[State]:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.get_running_loop().create_task(self._asked())
        return self._asking

    async def _asked(self) -> State:
        """Any answer counts: what the hub thinks of the question does not matter."""
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout, trust_env=True) as session,
                session.head(self._address.endpoint, allow_redirects=False),
            ):
                self._state, self._why = "online", ""
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            self._state = "offline"
            self._why = str(error) or f"no answer in {self._timeout.total:g} s"
        self._checked = time.monotonic()
        return self._state
