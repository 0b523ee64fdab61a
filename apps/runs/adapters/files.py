"""The engine's `Files` port: uploaded files, files behind a URL, and files that runs make."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from apps.runs import files
from weft.db.aio import call_db
from weft.http import egress
from weft.http.errors import WeftError
from workflows.errors import HttpError
from workflows.http import RETRYABLE
from workflows.values import file_attribute, to_text

# What comes from a URL is held in memory whole, and nobody was asked before it came.
MAX_REMOTE_BYTES = 20 * 1024 * 1024


class RunFiles:
    """Reads the files of one run; nothing of another workspace, and nothing of other people outside."""

    def __init__(self, workspace_id: UUID, run_id: str) -> None:
        self._workspace_id = workspace_id
        self._run_id = run_id

    async def read(self, file: dict[str, Any]) -> bytes:
        """Raises FileNotFoundError for an uploaded file, HttpError for one behind a URL."""
        if file.get("related_id"):
            return await call_db(files.read_for, self._run_id, file["related_id"])
        return await _fetch(to_text(file_attribute(file, "url")))

    async def save(self, data: bytes, *, name: str, mime_type: str, run_id: str) -> dict[str, Any]:
        """Raises OSError when it cannot be stored, or is larger than an upload may be."""
        try:
            return await call_db(files.keep, self._workspace_id, UUID(run_id), name, mime_type, data)
        except WeftError as error:
            raise OSError(error.message) from error


async def _fetch(url: str) -> bytes:
    try:
        response = await egress.fetch("GET", url, max_bytes=MAX_REMOTE_BYTES)
    except egress.EgressError as error:
        if error.code == "egress_too_large":
            raise _too_large(url) from error
        raise HttpError(error.code, error.message, retryable=error.code in RETRYABLE) from error
    if not 200 <= response.status < 300:
        raise HttpError("http_status", f"The file at {url[:200]} cannot be had: status {response.status}.")
    return response.body


def _too_large(url: str) -> HttpError:
    limit_mb = MAX_REMOTE_BYTES // (1024 * 1024)
    message = f"The file at {url} is larger than {limit_mb} MB, the most that is read from a URL. Upload it instead."
    return HttpError("remote_file_too_large", message, retryable=False)
