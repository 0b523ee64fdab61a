"""HTTP request: calls a web service and hands on what it answered.

Knows how a request is put together; sending, and which addresses are allowed, is the `Http` port.
"""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from workflows.context import Context
from workflows.errors import HttpError, NodeError
from workflows.kinds import Effect, NodeType, Output, Result, Step
from workflows.nodes.fields import KeyValues, NodeConfig, Template, widget
from workflows.requests import compile_request, response_outputs
from workflows.scope import Scope

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
BodyType = Literal["none", "json", "raw-text", "form-data", "x-www-form-urlencoded"]


class Auth(NodeConfig):
    """How the request proves who sends it."""

    type: Literal["none", "basic", "bearer", "custom"] = Field(default="none", json_schema_extra=widget("select"))
    header: str = "Authorization"
    value: Template = ""


class Body(NodeConfig):
    """What is sent: `text` for json and raw text, `fields` for forms."""

    type: BodyType = Field(default="none", json_schema_extra=widget("select"))
    text: Template = ""
    fields: KeyValues = []


class Config(NodeConfig):
    """The request."""

    method: Method = Field(default="GET", json_schema_extra=widget("select"))
    url: Template = ""
    headers: KeyValues = []
    params: KeyValues = []
    auth: Auth = Field(default=Auth(), json_schema_extra=widget("auth"))
    body: Body = Field(default=Body(), json_schema_extra=widget("body"))
    timeout_s: int = Field(default=60, ge=1, le=600, json_schema_extra=widget("number"))


class HttpRequestNode(NodeType[Config]):
    """See the module."""

    kind = "http-request"
    family = "tool"
    config = Config
    effect = "once"
    outputs = (
        Output("status_code", "number"),
        Output("body", "string"),
        Output("headers", "object"),
        Output("files", "array[file]"),
    )

    def effect_of(self, config: Config) -> Effect:
        return "idempotent" if config.method in ("GET", "HEAD", "OPTIONS") else "once"

    def build(self, config: Config, scope: Scope) -> Step:
        prepare = compile_request(config, scope)
        strict = scope.handles_failure

        async def run(ctx: Context) -> Result:
            request = prepare(ctx.pool)
            inputs: dict[str, Any] = {"method": request.method, "url": request.url}
            try:
                response = await ctx.http.request(request)
            except HttpError as error:
                raise NodeError(error.code, error.message, retryable=error.retryable, inputs=inputs) from error
            outputs = response_outputs(response)
            if strict and not 200 <= response.status < 300:
                message = f"{request.method} {_host(request.url)} answered {response.status}."
                raise NodeError("http_status", message, inputs=inputs, outputs=outputs)
            facts = {"status_code": response.status, "size_bytes": len(response.body)}
            return Result(outputs, inputs, facts=facts)

        return Step(task=run, timeout_s=config.timeout_s + 5)


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


NODE = HttpRequestNode()
