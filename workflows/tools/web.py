"""A tool that sends HTTP requests. Which addresses are allowed is the `Http` port's business."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from workflows.context import Context, StepEffect
from workflows.errors import ToolError
from workflows.ports import HttpRequest, HttpResponse, ToolResult
from workflows.tools.base import Tool, arguments, text
from workflows.values import clean, clean_text

_SAFE = ("GET", "HEAD", "OPTIONS")
_TEXT_TYPES = ("text/", "json", "xml", "javascript", "yaml", "csv", "x-www-form-urlencoded")


class HttpRequestTool(Tool):
    """One request."""

    name = "http_request"
    description = "Sends an HTTP request to a web address and gives the status and the body of the answer."
    parameters = arguments(
        ["url"],
        url=text("The address, beginning with http:// or https://."),
        method=text("", enum=["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"], default="GET"),
        params={"type": "object", "description": "What is added to the address as its query."},
        headers={"type": "object", "description": "Header names and values."},
        body={"type": ["string", "object", "array"], "description": "What is sent; an object is sent as JSON."},
        timeout_s={"type": "number", "minimum": 1, "maximum": 120, "default": 30},
    )
    personal = frozenset({"timeout_s"})
    outputs = {"status_code": "number"}

    def effect_of(self, arguments: Mapping[str, Any]) -> StepEffect:
        return "idempotent" if str(arguments.get("method") or "GET").upper() in _SAFE else "once"

    async def call(self, ctx: Context, arguments: dict[str, Any], *, key: str) -> ToolResult:
        request = _request(arguments)
        response = await ctx.http.request(request)
        kind = _header(response, "content-type")
        said, value = _content(response, kind)
        variables = {"status_code": response.status}
        shown = f"HTTP {response.status}\n\n{said}" if said else f"HTTP {response.status}"
        return ToolResult(text=shown, json=[] if value is None else [value], variables=variables)


def _request(arguments: dict[str, Any]) -> HttpRequest:
    url = arguments["url"].strip()
    try:
        known = urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except ValueError:
        known = False
    if not known:
        message = f"The address {url[:120]!r} must begin with http:// or https:// and name a host."
        raise ToolError("tool_arguments", message)
    if arguments.get("params"):
        pairs = [
            (key, value if isinstance(value, str) else json.dumps(value)) for key, value in arguments["params"].items()
        ]
        url += ("&" if urlsplit(url).query else "?") + urlencode(pairs)
    headers = [(str(key), str(value)) for key, value in (arguments.get("headers") or {}).items()]
    if any(char in key + value for key, value in headers for char in "\r\n\0"):
        raise ToolError("tool_arguments", "A header has a line break in it.")
    body = arguments.get("body")
    data: bytes | None = None
    if body is not None:
        data = (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()
        if not any(key.lower() == "content-type" for key, _ in headers):
            kind = "text/plain; charset=utf-8" if isinstance(body, str) and not _is_json(body) else "application/json"
            headers.append(("Content-Type", kind))
    return HttpRequest(
        method=arguments.get("method") or "GET",
        url=url,
        headers=headers,
        body=data,
        timeout_s=arguments.get("timeout_s") or 30,
    )


def _content(response: HttpResponse, kind: str) -> tuple[str, Any]:
    """The body as text, and as JSON where it is that; of a body that is no text, its size."""
    if kind and not any(word in kind for word in _TEXT_TYPES):
        return f"({len(response.body)} bytes of {kind})", None
    said = clean_text(response.body.decode("utf-8", errors="replace"))
    try:
        return said, clean(json.loads(said)) if said else None
    except (ValueError, RecursionError):
        return said, None


def _is_json(body: str) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _header(response: HttpResponse, name: str) -> str:
    return next((value.lower() for key, value in response.headers if key.lower() == name), "")


TOOLS = (HttpRequestTool(),)
