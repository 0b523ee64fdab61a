"""The engine's `Http` port on the guarded egress client."""

from __future__ import annotations

from weft.http import egress
from workflows.errors import HttpError
from workflows.ports import HttpRequest, HttpResponse

RETRYABLE = frozenset({"egress_failed", "egress_timeout"})


class GuardedHttp:
    """Sends where the egress policy allows, once."""

    async def request(self, request: HttpRequest) -> HttpResponse:
        try:
            response = await egress.fetch(
                request.method,
                request.url,
                headers=request.headers,
                data=request.body,
                timeout_s=request.timeout_s,
                max_bytes=request.max_bytes,
            )
        except egress.EgressError as error:
            raise HttpError(error.code, error.message, retryable=error.code in RETRYABLE) from error
        return HttpResponse(
            status=response.status, headers=list(response.headers.items()), body=response.body, url=response.url
        )
