"""A tool that sends HTTP requests. Which addresses are allowed is the `Http` port's business."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from workflows.context import Context, StepEffect
from workflows.errors import ToolError
from workflows.ports import HttpRequest, ToolResult
from workflows.responses import response_outputs
from workflows.tools.base import Tool, arguments, text
from workflows.values import clean

_SAFE = ("GET", "HEAD", "OPTIONS")
_MAX_TEXT_MB, _MAX_FILE_MB = 2, 20


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
        response = await ctx.http.request(_request(arguments))
        read = await response_outputs(ctx, response, _MAX_TEXT_MB, _MAX_FILE_MB)
        said, files = read["body"], read["files"]
        value = _json_of(said)
        parts = [f"HTTP {response.status}", *([said] if said else []), *(f"File: {file['filename']}" for file in files)]
        return ToolResult(
            text="\n\n".join(parts),
            json=[] if value is None else [value],
            files=files,
            variables={"status_code": response.status},
        )


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
            plain = isinstance(body, str) and _json_of(body) is None
            kind = "text/plain; charset=utf-8" if plain else "application/json"
            headers.append(("Content-Type", kind))
    return HttpRequest(
        method=arguments.get("method") or "GET",
        url=url,
        headers=headers,
        body=data,
        timeout_s=arguments.get("timeout_s") or 30,
    )


def _json_of(said: str) -> Any:
    """The JSON a body is; None when it is none."""
    try:
        return clean(json.loads(said)) if said else None
    except (ValueError, RecursionError):
        return None


TOOLS = (HttpRequestTool(),)
