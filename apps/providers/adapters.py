"""The engine's `Models` port for one workspace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from apps.providers import services
from apps.providers.chat import DEFAULT_TIMEOUTS, Timeouts
from workflows.ports import ChatChunk, ChatRequest


class WorkspaceModels:
    """Calls the providers that this workspace configured, and the built-in server."""

    def __init__(
        self, workspace_id: UUID, timeouts: Timeouts = DEFAULT_TIMEOUTS, hinting: services.Hinting | None = None
    ) -> None:
        self._workspace_id = workspace_id
        self._timeouts = timeouts
        self._hinting = hinting

    def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        return services.chat_stream(self._workspace_id, request, self._timeouts, self._hinting)
