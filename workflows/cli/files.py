"""Local files as file values, and the `Files` port that reads and keeps them."""

from __future__ import annotations

import asyncio
import mimetypes
import tempfile
from pathlib import Path, PurePath
from typing import Any

from workflows.errors import HttpError
from workflows.ports import Http, HttpRequest
from workflows.values import file_attribute, file_type

_MAX_REMOTE_BYTES = 50 * 1024 * 1024


def file_value(path: Path) -> dict[str, Any]:
    """The file as a run's input. Raises OSError when there is no such file."""
    mime_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return {
        "type": file_type(mime_type),
        "transfer_method": "local_file",
        "filename": path.name,
        "extension": path.suffix.lower(),
        "mime_type": mime_type,
        "size": path.stat().st_size,
        "path": str(path.resolve()),
    }


class LocalFiles:
    """Reads the files given on the command line, those kept by the run, and those behind a URL; no others.

    What a run makes is kept in a temporary folder, which stays: the run's outputs name the files in it.
    """

    def __init__(self, files: list[dict[str, Any]], http: Http) -> None:
        self._allowed = {file["path"] for file in files}
        self._http = http
        self._folder: Path | None = None

    async def read(self, file: dict[str, Any]) -> bytes:
        """The bytes of a file given on the command line, made by the run, or behind a URL."""
        path, url = file.get("path"), file_attribute(file, "url")
        if path in self._allowed:
            return await asyncio.to_thread(Path(str(path)).read_bytes)
        if path or not isinstance(url, str) or not url:
            name = file_attribute(file, "filename")
            raise PermissionError(f"The file {name or path!r} was not given on the command line.")
        response = await self._http.request(HttpRequest(method="GET", url=url, max_bytes=_MAX_REMOTE_BYTES))
        if not 200 <= response.status < 300:
            raise HttpError("http_status", f"The file at {url[:120]} cannot be had: status {response.status}.")
        return response.body

    async def save(self, data: bytes, *, name: str, mime_type: str, run_id: str) -> dict[str, Any]:
        """Keep the bytes in the run's temporary folder."""
        value = await asyncio.to_thread(self._write, data, PurePath(name).name or "file")
        self._allowed.add(value["path"])
        return {**value, "type": file_type(mime_type), "mime_type": mime_type}

    def _write(self, data: bytes, name: str) -> dict[str, Any]:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="weft-files-"))
        path = self._folder / str(len(self._allowed)) / name[-200:]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return file_value(path)
