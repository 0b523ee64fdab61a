"""The engine's `Http` port on the guarded egress client."""

from __future__ import annotations

from weft.http import egress
from workflows.http import send
from workflows.ports import HttpRequest, HttpResponse


class GuardedHttp:
    """Sends where the egress policy allows, once."""

    async def request(self, request: HttpRequest) -> HttpResponse:
        return await send(request, egress.default_policy())
