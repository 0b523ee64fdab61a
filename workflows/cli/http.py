"""The `Http` port of the command line."""

from __future__ import annotations

from workflows import egress
from workflows.addresses import Policy
from workflows.http import send
from workflows.ports import HttpRequest, HttpResponse


class GuardedHttp:
    """Sends to public addresses, and to those that `allow` opens (`WEFT_EGRESS_ALLOW`: words parted by commas)."""

    def __init__(self, allow: str = "") -> None:
        self._policy = Policy.of(word for word in allow.split(",") if word.strip())

    async def request(self, request: HttpRequest) -> HttpResponse:
        """Send once, following redirects. Raises HttpError when no response arrived."""
        return await send(request, self._policy)

    async def close(self) -> None:
        """Close every connection."""
        await egress.close()
