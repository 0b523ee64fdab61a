"""The engine's `Blobs` port: values of one run."""

from __future__ import annotations

from apps.runs import blobs
from weft.db.aio import call_db


class RunBlobs:
    """Keeps the large values of one run."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id

    async def put(self, data: bytes) -> str:
        return await call_db(blobs.put, self._run_id, data)

    async def get(self, blob_id: str) -> bytes:
        """Raises KeyError."""
        return await call_db(blobs.read, self._run_id, blob_id)
