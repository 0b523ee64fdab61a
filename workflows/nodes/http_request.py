"""HTTP request: calls a web service and hands on what it answered.

Knows how a request is configured; how it is put together and read is `workflows.requests` and `workflows.responses`,
sending, and which addresses are allowed, the `Http` port.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from workflows.context import Context
from workflows.errors import HttpError, NodeError
from workflows.kinds import Effect, NodeType, Output, Result, Step
from workflows.nodes.fields import KeyValues, NodeConfig, Selector, Template, widget
from workflows.requests import compile_request
from workflows.responses import response_outputs
from workflows.scope import Scope

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
BodyType = Literal["none", "json", "raw-text", "form-data", "x-www-form-urlencoded", "binary"]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class Auth(NodeConfig):
    """How the request proves who sends it."""

    type: Literal["none", "basic", "bearer", "custom"] = Field(
        default="none",
        description="Basic takes “name:password”, bearer a token; custom sends the value as it is.",
        json_schema_extra=widget("select"),
    )
    header: str = Field(default="Authorization", description="The header that carries it.")
    value: Template = Field(default="", description="The key, token or password.")


class FormField(NodeConfig):
    """One field of a form: text, or a file or a list of files."""

    key: str = Field(default="", description="The field's name.", json_schema_extra=widget("template"))
    type: Literal["text", "file"] = Field(default="text", json_schema_extra=widget("select"))
    value: Template = Field(default="", description="The text of a text field.")
    selector: Selector = Field(default=[], description="The file, or the files, of a file field.")


class Body(NodeConfig):
    """What is sent: `text` for json and raw text, `fields` for forms, `file` for binary."""

    type: BodyType = Field(default="none", json_schema_extra=widget("select"))
    text: Template = Field(default="", description="The text of a JSON or raw body.")
    fields: list[FormField] = Field(
        default=[], description="The fields of a form.", json_schema_extra=widget("form-data")
    )
    file: Selector | None = Field(default=None, description="The file that is the body.")


class Timeouts(NodeConfig):
    """Limits of single phases of the request, in seconds. Without one, only the whole request is limited."""

    connect_s: Seconds | None = Field(default=None, description="To connect.", json_schema_extra=widget("number"))
    read_s: Seconds | None = Field(default=None, description="Of silence.", json_schema_extra=widget("number"))
    write_s: Seconds | None = Field(default=None, description="To send a piece.", json_schema_extra=widget("number"))


class Config(NodeConfig):
    """The request."""

    method: Method = Field(default="GET", description="What to do there.", json_schema_extra=widget("select"))
    url: Template = Field(default="", description="Where to, with http:// or https://.")
    headers: KeyValues = Field(default=[], description="A line that is only a reference may stand for several headers.")
    params: KeyValues = Field(default=[], description="Added to the URL after its question mark.")
    auth: Auth = Field(default=Auth(), json_schema_extra=widget("auth"))
    body: Body = Field(default=Body(), json_schema_extra=widget("body"))
    timeout_s: float = Field(
        default=60, gt=0, le=3600, description="Seconds for the whole request.", json_schema_extra=widget("number")
    )
    timeouts: Timeouts = Timeouts()
    verify_ssl: bool = Field(
        default=True,
        description="Check the server's certificate. Switch it off for your own servers only.",
        json_schema_extra=widget("switch"),
    )
    max_text_mb: float = Field(
        default=1, gt=0, le=50, description="The largest text taken, in MB.", json_schema_extra=widget("number")
    )
    max_file_mb: float = Field(
        default=10, gt=0, le=50, description="The largest file taken, in MB.", json_schema_extra=widget("number")
    )


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
            request = await prepare(ctx)
            inputs: dict[str, Any] = {"method": request.method, "url": request.url}
            try:
                response = await ctx.http.request(request)
            except HttpError as error:
                raise NodeError(error.code, error.message, retryable=error.retryable, inputs=inputs) from error
            outputs = await response_outputs(ctx, response, config.max_text_mb, config.max_file_mb)
            if strict and not 200 <= response.status < 300:
                message = f"{request.method} {_host(request.url)} answered {response.status}."
                raise NodeError("http_status", message, inputs=inputs, outputs=outputs)
            facts = {"status_code": response.status, "size_bytes": len(response.body), "url": response.url}
            return Result(outputs, inputs, facts=facts)

        return Step(task=run, timeout_s=config.timeout_s + 5)


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


NODE = HttpRequestNode()
