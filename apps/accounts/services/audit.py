"""The audit log: one row for each deed that matters, written in the deed's own transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from apps.accounts.models import AuditEntry, User


def record(workspace_id: UUID, actor: User | None, action: str, target: str, **details: Any) -> None:
    """`action` is noun.verb (`provider.create`), `target` names the thing. Secrets never go into `details`."""
    AuditEntry.objects.create(
        workspace_id=workspace_id, actor=actor, action=action, target=target[:200], details=details
    )
