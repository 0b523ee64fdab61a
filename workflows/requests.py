"""Putting an HTTP request together from templates and files.

Knows URLs, headers and bodies; knows nothing of sockets: sending is the `Http` port. What comes back is read in
`workflows.responses`.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from workflows.context import Context
from workflows.errors import HttpError, NodeError
from workflows.ports import HttpRequest
from workflows.repair import loads_lenient
from workflows.scope import Scope
from workflows.template import Pool, Ref, Template
from workflows.values import MISSING, file_attribute, is_file, to_text

if TYPE_CHECKING:
    from workflows.nodes.fields import KeyValue
    from workflows.nodes.http_request import Auth, Body, Config, FormField

Prepare = Callable[[Context], Awaitable[HttpRequest]]
Content = tuple[str | None, bytes | None]
"""Content type and bytes of a body."""
MakeBody = Callable[[Context], Awaitable[Content]]

MAX_BODY = 64 * 1024 * 1024
# The client says these itself, from what it really sends.
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})
_LONE_REFERENCE = re.compile(r"^\s*\{\{#[^{}#]+#\}\}\s*$")
_HEADER_NAME = re.compile(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")


def compile_request(config: Config, scope: Scope) -> Prepare:
    """Compile every template of the request. Faults of the fields go to `scope`."""
    if not config.url.strip():
        scope.soft_fault("url_missing", "No URL is given.", "url")
    url = scope.template(config.url, "url")
    params = _rows(config.params, scope, "params")
    headers = _headers(config.headers, scope)
    auth = _auth(config.auth, scope)
    body = _body(config.body, scope)
    times = config.timeouts

    async def prepare(ctx: Context) -> HttpRequest:
        pool = ctx.pool
        target = _url(url.render(pool), _render_rows(params, pool))
        sent = headers(pool)
        proof = auth(pool)
        if proof is not None:
            sent = [pair for pair in sent if pair[0].lower() != proof[0].lower()] + [proof]
        _check_headers(sent)
        content_type, data = await body(ctx)
        if content_type and not any(key.lower() == "content-type" for key, _ in sent):
            sent.append(("Content-Type", content_type))
        return HttpRequest(
            method=config.method,
            url=target,
            headers=sent,
            secret_headers=(proof[0],) if proof is not None else (),
            body=data,
            timeout_s=config.timeout_s,
            connect_s=times.connect_s,
            read_s=times.read_s,
            write_s=times.write_s,
            verify_ssl=config.verify_ssl,
            max_bytes=int(max(config.max_text_mb, config.max_file_mb) * 1024 * 1024),
        )

    return prepare


Rows = list[tuple[Template, Template]]


def _rows(rows: Sequence[KeyValue | FormField], scope: Scope, field: str) -> Rows:
    return [
        (scope.template(row.key, f"{field}.{i}.key"), scope.template(row.value, f"{field}.{i}.value"))
        for i, row in enumerate(rows)
    ]


def _render_rows(rows: Rows, pool: Pool) -> list[tuple[str, str]]:
    pairs = [(key.render(pool).strip(), value.render(pool).strip()) for key, value in rows]
    return [(key, value) for key, value in pairs if key]


def _headers(rows: list[KeyValue], scope: Scope) -> Callable[[Pool], list[tuple[str, str]]]:
    """A row that is nothing but a reference stands for whole header lines, as Dify's text of headers allows."""
    compiled = _rows(rows, scope, "headers")
    blocks = [not row.value.strip() and _LONE_REFERENCE.match(row.key) is not None for row in rows]

    def render(pool: Pool) -> list[tuple[str, str]]:
        pairs: list[tuple[str, str]] = []
        for (key, value), is_block in zip(compiled, blocks, strict=True):
            if is_block:
                parts = (line.partition(":") for line in key.render(pool).splitlines())
                pairs += [(name.strip(), text.strip()) for name, _, text in parts]
            else:
                pairs.append((key.render(pool).strip(), value.render(pool).strip()))
        return [(key, value) for key, value in pairs if key and key.lower() not in _FRAMING]

    return render


def _check_headers(headers: list[tuple[str, str]]) -> None:
    for key, value in headers:
        if any(char in key + value for char in "\r\n\0"):
            message = f"The header {key[:60]!r} has a line break in it."
            raise NodeError("header_invalid", message, field="headers", retryable=False)
        if not _HEADER_NAME.match(key):
            raise NodeError("header_invalid", f"{key[:60]!r} is no header's name.", field="headers", retryable=False)


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
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *params], errors="replace")
    return urlunsplit(parts._replace(query=query))


def _auth(auth: Auth, scope: Scope) -> Callable[[Pool], tuple[str, str] | None]:
    if auth.type == "none":
        return lambda pool: None
    value = scope.template(auth.value, "auth.value")
    header = auth.header.strip() or "Authorization"

    def render(pool: Pool) -> tuple[str, str]:
        secret = value.render(pool).strip()
        if auth.type == "bearer":
            return header, f"Bearer {secret}"
        if auth.type == "basic":
            encoded = base64.b64encode(secret.encode(errors="replace")).decode() if ":" in secret else secret
            return header, f"Basic {encoded}"
        return header, secret

    return render


def _body(body: Body, scope: Scope) -> MakeBody:
    match body.type:
        case "json" | "raw-text":
            text = scope.template(body.text, "body.text")
            return _json(text) if body.type == "json" else _raw(text)
        case "x-www-form-urlencoded":
            return _encoded_form(_rows([row for row in body.fields if row.type == "text"], scope, "body.fields"))
        case "form-data":
            return _form(body.fields, scope)
        case "binary":
            return _binary(scope.ref(body.file or [], "body.file"))
        case "none":
            return _nothing


async def _nothing(ctx: Context) -> Content:
    return None, None


def _raw(text: Template) -> MakeBody:
    async def make(ctx: Context) -> Content:
        return "text/plain; charset=utf-8", text.render(ctx.pool).encode(errors="replace")

    return make


def _json(text: Template) -> MakeBody:
    async def make(ctx: Context) -> Content:
        return "application/json", json_body(text, ctx.pool)

    return make


def json_body(template: Template, pool: Pool) -> bytes:
    """The rendered JSON. A value put between quotes may itself hold quotes or line breaks: then it is escaped. What is
    still no JSON is repaired where that can be done.
    """
    text = template.render(pool)
    if not text.strip():
        return b""
    fitted = "".join(part if isinstance(part, str) else _json_part(part.get(pool)) for part in template.parts)
    for candidate in (text, fitted):
        try:
            json.loads(candidate)
        except (ValueError, RecursionError) as error:
            problem = error
        else:
            return candidate.encode(errors="replace")
    repaired = loads_lenient(fitted)
    if isinstance(repaired, (dict, list)):
        return json.dumps(repaired, ensure_ascii=False).encode(errors="replace")
    raise NodeError("body_not_json", f"The body is no JSON: {problem}.", field="body.text", retryable=False)


def _json_part(value: Any) -> str:
    """A value as it fits into JSON text: texts without their quotes, everything else as JSON."""
    if value is MISSING:
        return ""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text[1:-1] if isinstance(value, str) else text


def _encoded_form(rows: Rows) -> MakeBody:
    async def make(ctx: Context) -> Content:
        return "application/x-www-form-urlencoded", urlencode(_render_rows(rows, ctx.pool), errors="replace").encode()

    return make


def _binary(ref: Ref) -> MakeBody:
    async def make(ctx: Context) -> Content:
        files = _files(ref.get_or_none(ctx.pool), "body.file")
        if len(files) != 1:
            message = f"The body must be one file, and {len(files)} were given."
            raise NodeError("file_missing", message, field="body.file", retryable=False)
        data = await read_file(ctx, files[0], "body.file")
        return str(file_attribute(files[0], "mime_type") or "application/octet-stream"), data

    return make


def _form(fields: list[FormField], scope: Scope) -> MakeBody:
    rows = [
        (
            scope.template(row.key, f"body.fields.{i}.key"),
            scope.ref(row.selector, f"body.fields.{i}.selector")
            if row.type == "file"
            else scope.template(row.value, f"body.fields.{i}.value"),
        )
        for i, row in enumerate(fields)
    ]

    async def make(ctx: Context) -> Content:
        parts: list[bytes] = []
        for i, (key, source) in enumerate(rows):
            name = _quoted(key.render(ctx.pool).strip())
            if not name:
                continue
            if isinstance(source, Template):
                parts.append(_part(f'name="{name}"', "", source.render(ctx.pool).strip().encode(errors="replace")))
                continue
            for file in _files(source.get_or_none(ctx.pool), f"body.fields.{i}.selector"):
                data = await read_file(ctx, file, f"body.fields.{i}.selector")
                filename = _quoted(to_text(file_attribute(file, "filename")) or "file")
                kind = _quoted(to_text(file_attribute(file, "mime_type")) or "application/octet-stream")
                parts.append(_part(f'name="{name}"; filename="{filename}"', kind, data))
                _check_size(sum(map(len, parts)), "body.fields")
        boundary = f"weft-{secrets.token_hex(12)}"
        lines = [piece for part in parts for piece in (f"--{boundary}\r\n".encode(), part, b"\r\n")]
        data = b"".join([*lines, f"--{boundary}--\r\n".encode()])
        return f"multipart/form-data; boundary={boundary}", data

    return make


def _part(disposition: str, content_type: str, data: bytes) -> bytes:
    head = f"Content-Disposition: form-data; {disposition}\r\n"
    if content_type:
        head += f"Content-Type: {content_type}\r\n"
    return head.encode(errors="replace") + b"\r\n" + data


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "").replace("\n", "").replace("\0", "")


def _files(value: Any, field: str) -> list[dict[str, Any]]:
    """The files of a value; nothing stands for none."""
    files = value if isinstance(value, list) else [] if value is None or value == "" else [value]
    for file in files:
        if not is_file(file):
            message = f"A file is needed here, and got “{to_text(file)[:60]}”."
            raise NodeError("file_invalid", message, field=field, retryable=False)
    return files


async def read_file(ctx: Context, file: dict[str, Any], field: str, max_bytes: int = MAX_BODY) -> bytes:
    """The bytes of a file value. Raises NodeError when it cannot be had or is too large."""
    name = file_attribute(file, "filename") or "the file"
    try:
        data = await ctx.files.read(file)
    except HttpError as error:
        raise NodeError(error.code, error.message, field=field, retryable=error.retryable) from error
    except OSError as error:
        raise NodeError("file_unreadable", f"{name} cannot be read: {error}", field=field, retryable=False) from error
    _check_size(len(data), field, max_bytes)
    return data


def _check_size(size: int, field: str, max_bytes: int = MAX_BODY) -> None:
    if size > max_bytes:
        message = f"Files of more than {max_bytes // 1024 // 1024} MB are not taken here."
        raise NodeError("file_too_large", message, field=field, retryable=False)
