"""The engine's `Files` port: uploaded files of one workspace, and files behind a URL."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings

from apps.runs import files
from weft.db.aio import call_db
from weft.http import egress


class WorkspaceFiles:
    """Reads the files a run was given; nothing of another workspace."""

    def __init__(self, workspace_id: UUID) -> None:
        self._workspace_id = workspace_id

    async def read(self, file: dict[str, Any]) -> bytes:
        if file.get("related_id"):
            return await call_db(files.read, self._workspace_id, file["related_id"])
        response = await egress.fetch("GET", str(file.get("url") or ""), max_bytes=settings.MAX_UPLOAD_BYTES)
        return response.body
