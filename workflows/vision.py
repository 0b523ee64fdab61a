"""Images for models that can see: file values as content parts, and messages as a log may show them.

Knows files and messages; knows nothing of vendors. Uploaded images are read through the `Files` port and sent as data
URLs; where a run has no such port, remote ones are named by their address.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from typing import Any

from workflows.context import Context
from workflows.errors import NodeError
from workflows.ports import Message
from workflows.requests import read_file
from workflows.values import is_file

MAX_IMAGES = 20
MAX_IMAGE_BYTES = 20 * 1024 * 1024
_SIGNATURES = ((b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"), (b"BM", "bmp"))


def images_in(value: Any) -> list[dict[str, Any]]:
    """The images of a file or a list of files; everything else is left out."""
    files = value if isinstance(value, list) else [value]
    return [file for file in files if is_file(file) and _is_image(file)]


def _is_image(file: dict[str, Any]) -> bool:
    return file.get("type") == "image" or str(file.get("mime_type") or "").startswith("image/")


async def image_parts(ctx: Context, value: Any, detail: str) -> list[dict[str, Any]]:
    """Content parts for the images in `value`, in order. Raises NodeError for one that cannot be read."""
    images = images_in(value)
    if len(images) > MAX_IMAGES:
        message = f"{len(images)} images are too many for one model call; at most {MAX_IMAGES} can be sent."
        raise NodeError("images_too_many", message, field="vision", retryable=False)
    urls = await asyncio.gather(*(_url(ctx, file) for file in images))
    return [{"type": "image_url", "image_url": {"url": url, "detail": detail}} for url in urls]


async def _url(ctx: Context, file: dict[str, Any]) -> str:
    remote = str(file.get("remote_url") or file.get("url") or "")
    if ctx.ports.files is None and remote.startswith(("https://", "http://")):
        return remote
    data = await read_file(ctx, file, "vision", MAX_IMAGE_BYTES)
    encoded = await asyncio.to_thread(base64.b64encode, data)
    return f"data:{_mime_type(file, data)};base64,{encoded.decode()}"


def _mime_type(file: dict[str, Any], data: bytes) -> str:
    """What the bytes say they are; what the file says where they say nothing."""
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return f"image/{name}"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    named = str(file.get("mime_type") or "")
    return named if named.startswith("image/") else "image/png"


def with_images(messages: Sequence[Message], parts: list[dict[str, Any]]) -> list[Message]:
    """The messages with `parts` in front of the last user message's text, or in a user message of their own."""
    if not parts:
        return list(messages)
    at = max((i for i, message in enumerate(messages) if message.role == "user"), default=-1)
    if at < 0:
        return [*messages, Message("user", parts)]
    content = messages[at].content
    text = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    return [*messages[:at], Message("user", [*parts, *text]), *messages[at + 1 :]]


def shown(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages for the run's log: images by their size only."""
    return [_shown(message) for message in messages]


def _shown(message: Message) -> dict[str, Any]:
    content: Any = message.content
    if isinstance(content, list):
        content = [_shown_part(part) for part in content]
    value: dict[str, Any] = {"role": message.role, "content": content}
    if message.tool_calls:
        value["tool_calls"] = [{"id": c.id, "name": c.name, "arguments": c.arguments} for c in message.tool_calls]
    if message.tool_call_id:
        value["tool_call_id"] = message.tool_call_id
    return value


def _shown_part(part: dict[str, Any]) -> dict[str, Any]:
    url = (part.get("image_url") or {}).get("url") if part.get("type") == "image_url" else None
    if not isinstance(url, str) or not url.startswith("data:"):
        return part
    head, _, data = url.partition(",")
    return {"type": "image_url", "image_url": {"url": f"{head},… ({len(data) * 3 // 4} bytes)"}}
