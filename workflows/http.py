"""Sending the requests of nodes through the guarded way out: what an `Http` port is made of.

Knows the port's shapes; which addresses are allowed is the policy's business.
"""

from __future__ import annotations

from workflows import egress
from workflows.addresses import Policy
from workflows.errors import HttpError
from workflows.ports import HttpRequest, HttpResponse

RETRYABLE = frozenset({"egress_failed", "egress_timeout"})


async def send(request: HttpRequest, policy: Policy) -> HttpResponse:
    """Send once, following redirects. Raises HttpError when no response arrived."""
    try:
        response = await egress.fetch(
            request.method,
            request.url,
            policy=policy,
            headers=request.headers,
            secret_headers=request.secret_headers,
            data=request.body,
            timeout_s=request.timeout_s,
            times=egress.Times(request.connect_s, request.read_s, request.write_s),
            max_bytes=request.max_bytes,
            verify_ssl=request.verify_ssl,
        )
    except egress.EgressError as error:
        raise HttpError(error.code, error.message, retryable=error.code in RETRYABLE) from error
    return HttpResponse(
        status=response.status, headers=list(response.headers.items()), body=response.body, url=response.url
    )
