"""Putting an HTTP request together from templates, and reading what came back.

Knows URLs, headers and bodies; knows nothing of sockets: sending is the `Http` port.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from email.message import Message
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from workflows.errors import NodeError
from workflows.ports import HttpRequest, HttpResponse
from workflows.scope import Scope
from workflows.template import Pool, Template
from workflows.values import clean_text, to_text

if TYPE_CHECKING:
    from workflows.nodes.fields import KeyValue
    from workflows.nodes.http_request import Auth, Body, Config

Prepare = Callable[[Pool], HttpRequest]
Content = tuple[str | None, bytes | None]
"""Content type and bytes of a body."""

_TEXT_TYPES = ("json", "xml", "javascript", "yaml", "x-www-form-urlencoded", "graphql", "csv")


def compile_request(config: Config, scope: Scope) -> Prepare:
    """Compile every template of the request. Faults of the fields go to `scope`."""
    if not config.url.strip():
        scope.soft_fault("url_missing", "No URL is given.", "url")
    url = scope.template(config.url, "url")
    params = _rows(config.params, scope, "params")
    headers = _rows(config.headers, scope, "headers")
    auth = _auth(config.auth, scope)
    body = _body(config.body, scope)

    def prepare(pool: Pool) -> HttpRequest:
        content_type, data = body(pool)
        sent = [(key, value) for key, value in _render_rows(headers, pool) if key] + auth(pool)
        if content_type and not any(key.lower() == "content-type" for key, _ in sent):
            sent.append(("Content-Type", content_type))
        _check_headers(sent)
        target = _url(url.render(pool), _render_rows(params, pool))
        return HttpRequest(method=config.method, url=target, headers=sent, body=data, timeout_s=config.timeout_s)

    return prepare


Rows = list[tuple[Template, Template]]


def _rows(rows: list[KeyValue], scope: Scope, field: str) -> Rows:
    return [
        (scope.template(row.key, f"{field}.{i}.key"), scope.template(row.value, f"{field}.{i}.value"))
        for i, row in enumerate(rows)
    ]


def _render_rows(rows: Rows, pool: Pool) -> list[tuple[str, str]]:
    pairs = [(key.render(pool).strip(), value.render(pool).strip()) for key, value in rows]
    return [(key, value) for key, value in pairs if key]


def _check_headers(headers: list[tuple[str, str]]) -> None:
    for key, value in headers:
        if any(char in key + value for char in "\r\n\0"):
            message = f"The header {key[:60]!r} has a line break in it."
            raise NodeError("header_invalid", message, field="headers", retryable=False)


def _url(text: str, params: list[tuple[str, str]]) -> str:
    text = text.strip()
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme.lower() not in ("http", "https") or not host:
        shown = text[:120] or "nothing"
        message = f"The URL must begin with http:// or https:// and name a host; it is “{shown}”."
        raise NodeError("url_invalid", message, field="url", retryable=False)
    if not params:
        return text
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *params])
    return urlunsplit(parts._replace(query=query))


def _auth(auth: Auth, scope: Scope) -> Callable[[Pool], list[tuple[str, str]]]:
    if auth.type == "none":
        return lambda pool: []
    value = scope.template(auth.value, "auth.value")
    header = auth.header or "Authorization"

    def render(pool: Pool) -> list[tuple[str, str]]:
        secret = value.render(pool).strip()
        if auth.type == "bearer":
            return [(header, f"Bearer {secret}")]
        if auth.type == "basic":
            encoded = base64.b64encode(secret.encode()).decode() if ":" in secret else secret
            return [(header, f"Basic {encoded}")]
        return [(header, secret)]

    return render


def _body(body: Body, scope: Scope) -> Callable[[Pool], Content]:
    text = scope.template(body.text, "body.text")
    fields = _rows(body.fields, scope, "body.fields")
    match body.type:
        case "json":
            return lambda pool: ("application/json", _json_body(text, pool))
        case "raw-text":
            return lambda pool: ("text/plain; charset=utf-8", text.render(pool).encode())
        case "x-www-form-urlencoded":
            return lambda pool: (
                "application/x-www-form-urlencoded",
                urlencode(_render_rows(fields, pool)).encode(),
            )
        case "form-data":
            return lambda pool: _multipart(_render_rows(fields, pool))
        case _:
            return lambda pool: (None, None)


def _json_body(template: Template, pool: Pool) -> bytes:
    """The rendered JSON. A value put between quotes may itself hold quotes or line breaks: then it is escaped."""
    text = template.render(pool)
    if not text.strip():
        return b""
    for candidate in (text, _escaped(template, pool)):
        try:
            json.loads(candidate)
        except ValueError as error:
            problem = error
        else:
            return candidate.encode()
    raise NodeError("body_not_json", f"The body is no JSON: {problem}.", field="body.text", retryable=False)


def _escaped(template: Template, pool: Pool) -> str:
    parts = [
        part if isinstance(part, str) else json.dumps(to_text(part.get(pool)), ensure_ascii=False)[1:-1]
        for part in template.parts
    ]
    return "".join(parts)


def _multipart(fields: list[tuple[str, str]]) -> Content:
    boundary = f"weft-{secrets.token_hex(12)}"
    lines: list[str] = []
    for key, value in fields:
        name = key.replace('"', "%22").replace("\r", "").replace("\n", "")
        lines += [f"--{boundary}", f'Content-Disposition: form-data; name="{name}"', "", value]
    data = "\r\n".join([*lines, f"--{boundary}--", ""]).encode()
    return f"multipart/form-data; boundary={boundary}", data


def response_outputs(response: HttpResponse) -> dict[str, Any]:
    """Status, headers and body of a response; a body that is no text becomes a file reference to its URL."""
    headers = {key.lower(): value for key, value in response.headers}
    kind, charset, filename = _content(headers)
    outputs: dict[str, Any] = {"status_code": response.status, "body": "", "headers": headers, "files": []}
    if filename is None and _is_text(kind, response.body):
        outputs["body"] = clean_text(_decode(response.body, charset))
        return outputs
    outputs["files"] = [_file(response, kind, filename)]
    return outputs


def _content(headers: dict[str, str]) -> tuple[str, str, str | None]:
    message = Message()
    message["content-type"] = headers.get("content-type", "")
    message["content-disposition"] = headers.get("content-disposition", "")
    kind = message.get_content_type() if headers.get("content-type") else ""
    return kind, str(message.get_param("charset") or "utf-8"), message.get_filename()


def _is_text(kind: str, body: bytes) -> bool:
    if kind.startswith("text/") or any(word in kind for word in _TEXT_TYPES):
        return True
    if kind.startswith(("image/", "audio/", "video/")) or b"\0" in body[:1024]:
        return False
    try:
        body[:1024].decode(errors="strict")
    except UnicodeDecodeError as error:
        return error.start > 1000
    return True


def _decode(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return body.decode("utf-8", errors="replace")


def _file(response: HttpResponse, kind: str, filename: str | None) -> dict[str, Any]:
    name = filename or urlsplit(response.url).path.rsplit("/", 1)[-1] or "download"
    main = kind.split("/", 1)[0]
    return {
        "type": main if main in ("image", "audio", "video") else "document",
        "transfer_method": "remote_url",
        "url": response.url,
        "filename": name,
        "extension": "." + name.rsplit(".", 1)[1] if "." in name else "",
        "mime_type": kind or "application/octet-stream",
        "size": len(response.body),
    }
