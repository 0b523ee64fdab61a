"""Reading what a web service answered: text as text, everything else as a file that is kept.

Knows content types and charsets; knows nothing of requests.
"""

from __future__ import annotations

import mimetypes
import re
from email.message import Message
from typing import Any
from urllib.parse import unquote, urlsplit

from workflows.context import Context
from workflows.errors import NodeError
from workflows.ports import HttpResponse
from workflows.values import clean_text, file_type

MEGABYTE = 1024 * 1024
_TEXT_TYPES = ("json", "xml", "javascript", "ecmascript", "yaml", "x-www-form-urlencoded", "graphql", "x-sh", "toml")
_FILE_TYPES = ("image/", "audio/", "video/", "font/")
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_OLD_CHINESE = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "big5-hkscs": "big5hkscs"}


async def response_outputs(
    ctx: Context, response: HttpResponse, max_text_mb: float, max_file_mb: float
) -> dict[str, Any]:
    """Status, headers and body of a response. A body that is no text becomes a file, kept by the `Files` port.

    Raises NodeError when the body is larger than its kind may be, or cannot be kept.
    """
    headers = {clean_text(key.lower()): clean_text(value) for key, value in response.headers}
    kind, charset, filename, attached = _content(headers)
    outputs: dict[str, Any] = {"status_code": response.status, "body": "", "headers": headers, "files": []}
    is_file = bool(response.body) and (attached or not _is_text(kind, response.body))
    limit_mb = max_file_mb if is_file else max_text_mb
    if len(response.body) > limit_mb * MEGABYTE:
        what = "file" if is_file else "text"
        message = f"The answer is a {what} of {len(response.body) / MEGABYTE:.1f} MB; this node takes {limit_mb:g} MB."
        raise NodeError("http_too_large", message, retryable=False, outputs={**outputs, "body": ""})
    if is_file:
        name = filename or _name_of(response.url, kind)
        outputs["files"] = [await _keep(ctx, response.body, name, kind or "application/octet-stream")]
    else:
        outputs["body"] = clean_text(_decode(response.body, charset))
    return outputs


def _content(headers: dict[str, str]) -> tuple[str, str, str | None, bool]:
    """Media type, charset, file name, and whether the server says that this is a file."""
    message = Message()
    for key in ("content-type", "content-disposition"):
        if headers.get(key):
            message[key] = headers[key].replace("\r", " ").replace("\n", " ")
    kind = message.get_content_type() if headers.get("content-type") else ""
    filename = message.get_filename()
    attached = filename is not None or message.get_content_disposition() == "attachment"
    return kind, str(message.get_param("charset") or ""), filename, attached


def _is_text(kind: str, body: bytes) -> bool:
    if kind.startswith("text/"):
        return kind != "text/csv"
    if any(word in kind for word in _TEXT_TYPES):
        return True
    if kind.startswith(_FILE_TYPES) or b"\0" in body[:1024]:
        return False
    if kind and kind not in ("application/octet-stream", "application/unknown"):
        return False
    try:
        body[:1024].decode(errors="strict")
    except UnicodeDecodeError as error:
        return error.start > 1000
    return True


def _decode(body: bytes, charset: str) -> str:
    declared = _CHARSET.search(body[:2048])
    for name in (charset, "utf-8-sig", declared[1].decode() if declared else ""):
        if name:
            try:
                return body.decode(_OLD_CHINESE.get(name.lower(), name))
            except (LookupError, UnicodeDecodeError, ValueError):
                continue
    return body.decode("utf-8", errors="replace")


def _name_of(url: str, kind: str) -> str:
    name = unquote(urlsplit(url).path.rsplit("/", 1)[-1]) or "download"
    return name if "." in name else name + (mimetypes.guess_extension(kind) or "")


async def _keep(ctx: Context, body: bytes, name: str, kind: str) -> dict[str, Any]:
    name = clean_text(name.replace("\\", "/").rsplit("/", 1)[-1])[:200] or "download"
    try:
        file = await ctx.files.save(body, name=name, mime_type=kind, run_id=ctx.run_id)
    except OSError as error:
        raise NodeError("file_not_kept", f"The answer, a file, cannot be kept: {error}", retryable=False) from error
    return {**file, "type": file.get("type") or file_type(kind)}
