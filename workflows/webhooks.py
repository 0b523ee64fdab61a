"""What a webhook request must bring, and the run's inputs made of what it brought.

Knows declared parameters, their types and content types; knows nothing of servers, routes or secrets. The host
hands over a request whose form, if it has one, is parsed and whose files are stored.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from workflows.errors import Fault
from workflows.nodes.fields import NodeConfig, widget
from workflows.values import TooDeepError, clean, is_file, parse_bool, parse_number

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
ContentType = Literal[
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
    "application/octet-stream",
]
ParameterType = Literal[
    "string", "number", "boolean", "object", "array", "array[string]", "array[number]", "array[boolean]",
    "array[object]", "file",
]  # fmt: skip

RAW = "_webhook_raw"
BODY = "raw"
"""The name under which a host hands over the file made of a body of `application/octet-stream`."""


class Parameter(NodeConfig):
    """One value a request brings: a header, a part of the query, or a part of the body."""

    name: Annotated[str, Field(min_length=1, max_length=128)]
    type: ParameterType = Field(default="string", json_schema_extra=widget("select"))
    required: bool = Field(default=False, json_schema_extra=widget("switch"))

    @property
    def output(self) -> str:
        """The name of the value in the graph: `X-Request-Id` becomes `X_Request_Id`."""
        return self.name.replace("-", "_")


Parameters = Annotated[list[Parameter], Field(json_schema_extra=widget("webhook-parameters"))]


class Response(NodeConfig):
    """What the caller is told: at once, or with `wait` when the run has ended."""

    wait: bool = Field(default=False, json_schema_extra=widget("switch"))
    status: int = Field(default=200, ge=200, le=399, json_schema_extra=widget("number"))
    body: str = Field(default="", json_schema_extra=widget("textarea"))


class WebhookConfig(NodeConfig):
    """The requests a webhook takes."""

    method: Method = Field(default="POST", json_schema_extra=widget("select"))
    content_type: ContentType = Field(default="application/json", json_schema_extra=widget("select"))
    headers: Parameters = []
    params: Parameters = []
    body: Parameters = []
    response: Response = Response()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """A request as it came. `form` holds the fields of a parsed form, `files` stored uploads as file values; a value
    given more than once is a list.
    """

    method: str
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    body: bytes = b""
    form: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Any] = field(default_factory=dict)


def read_webhook(config: WebhookConfig, request: WebhookRequest) -> tuple[dict[str, Any], list[Fault]]:
    """The inputs of the run that a request starts, and everything that is wrong with it. With faults, start none."""
    if request.method.upper() != config.method:
        message = f"This webhook takes {config.method} requests, and this one is {request.method[:20]!r}."
        return {}, [Fault("webhook_method", message, None, "method")]
    body, fault = _read_body(config, request)
    if fault is not None:
        return {}, [fault]
    headers = {name.lower(): value for name, value in request.headers.items()}
    sections = (
        ("headers", config.headers, lambda parameter: headers.get(parameter.name.lower())),
        ("params", config.params, lambda parameter: request.params.get(parameter.name)),
        ("body", config.body, _body_reader(config, request, body)),
    )
    faults: list[Fault] = []
    inputs: dict[str, Any] = {}
    for section, parameters, find in sections:
        values, found = _take(section, parameters, find)
        inputs.update(values)
        faults += found
    raw = {
        "method": config.method,
        "headers": dict(request.headers),
        "query_params": dict(request.params),
        "body": body,
        "files": dict(request.files),
    }
    if faults:
        return {}, faults
    try:
        return clean({**inputs, RAW: raw}), []
    except TooDeepError:
        return {}, [Fault("webhook_body_invalid", "The body is nested too deeply.", None, "body")]


def accept_parameters(config: WebhookConfig, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """The declared values out of a run's inputs, which may have been written by hand, and what is wrong with them."""
    parameters = [*config.headers, *config.params, *config.body]
    return _take("inputs", parameters, lambda parameter: given.get(parameter.output, given.get(parameter.name)))


def _read_body(config: WebhookConfig, request: WebhookRequest) -> tuple[Any, Fault | None]:
    if config.method in ("GET", "HEAD"):
        return {}, None
    sent = request.content_type.partition(";")[0].strip().lower()
    if sent != config.content_type and (sent or request.body):
        message = f"This webhook takes {config.content_type}, and the request is {sent[:80] or 'of no stated type'}."
        return None, Fault("webhook_content_type", message, None, "content_type")
    match config.content_type:
        case "application/json":
            return _read_json(request.body)
        case "text/plain":
            return {BODY: request.body.decode("utf-8", errors="replace")}, None
        case _:
            return dict(request.form), None


def _read_json(body: bytes) -> tuple[Any, Fault | None]:
    try:
        return (json.loads(body) if body.strip() else {}), None
    except (ValueError, RecursionError) as error:
        message = f"The body is no JSON: {str(error)[:200]}."
        return None, Fault("webhook_body_invalid", message, None, "body")


Find = Callable[[Parameter], Any]


def _body_reader(config: WebhookConfig, request: WebhookRequest, body: Any) -> Find:
    if config.content_type == "text/plain":
        return lambda parameter: body.get(BODY)
    if config.content_type == "application/octet-stream":
        return lambda parameter: request.files.get(BODY)
    fields = body if isinstance(body, dict) else {}

    def find(parameter: Parameter) -> Any:
        value = request.files.get(parameter.name) if parameter.type == "file" else None
        return fields.get(parameter.name) if value is None else value

    return find


def _take(section: str, parameters: Iterable[Parameter], find: Find) -> tuple[dict[str, Any], list[Fault]]:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for parameter in parameters:
        where = f"{section}.{parameter.name}"
        value = find(parameter)
        if value is None:
            values[parameter.output] = _EMPTY.get(parameter.type)
            if parameter.required:
                message = f"{parameter.name!r} is required in the request's {section}."
                faults.append(Fault("parameter_required", message, None, where))
            continue
        try:
            values[parameter.output] = convert(value, parameter.type)
        except ValueError as error:
            message = f"{parameter.name!r} in the request's {section} {error}."
            faults.append(Fault("parameter_invalid", message, None, where))
    return values, faults


def convert(value: Any, kind: ParameterType) -> Any:
    """The value as one of `kind`; texts are read as what they say. Raises ValueError with the end of a sentence."""
    if kind == "array" or kind.startswith("array["):
        items = _read_text(value, list, "must be a list") if isinstance(value, str) else value
        element: Any = kind[6:-1]
        if not isinstance(items, list):
            items = [items]
        return [convert(item, element) for item in items] if element else items
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return _CONVERT[kind](value)


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list)):
        raise ValueError("must be text")
    return json.dumps(value)


def _number(value: Any) -> int | float:
    number = None if isinstance(value, bool) else parse_number(value)
    if number is None:
        raise ValueError("must be a number")
    return number


def _boolean(value: Any) -> bool:
    truth = parse_bool(value)
    if truth is None:
        raise ValueError("must be true or false")
    return truth


def _object(value: Any) -> dict[str, Any]:
    found = _read_text(value, dict, "must be an object") if isinstance(value, str) else value
    if not isinstance(found, dict):
        raise ValueError("must be an object")
    return found


def _file(value: Any) -> dict[str, Any]:
    if not is_file(value):
        raise ValueError("must be a file")
    return value  # type: ignore[no-any-return]


def _read_text(text: str, kind: type[Any], refusal: str) -> Any:
    """A list or an object written as JSON; for a list also the one text itself."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = text
    if isinstance(value, kind):
        return value
    if kind is list:
        return [text]
    raise ValueError(refusal)


_CONVERT: dict[str, Callable[[Any], Any]] = {
    "string": _string,
    "number": _number,
    "boolean": _boolean,
    "object": _object,
    "file": _file,
}
_EMPTY: dict[str, Any] = {"string": "", "boolean": False}


def duplicate_outputs(config: WebhookConfig) -> Sequence[str]:
    """Names that two parameters would give to different values."""
    names = [parameter.output for parameter in (*config.headers, *config.params, *config.body)]
    return sorted({name for name in names if names.count(name) > 1} | ({RAW} & set(names)))
