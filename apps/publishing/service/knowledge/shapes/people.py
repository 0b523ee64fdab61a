"""Who made something, for clients that demand a person: what a key made counts as the workspace owner's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from apps.accounts.models import Membership, Role


def owner_id(workspace_id: UUID) -> str:
    owners = Membership.objects.filter(workspace_id=workspace_id, role=Role.OWNER).order_by("created_at", "id")
    found = owners.values_list("user_id", flat=True).first()
    return str(found or workspace_id)


def maker(row: Any, owner: str) -> str:
    return str(row.created_by_id or owner)


def seconds(moment: Any) -> int | None:
    return None if moment is None else int(moment.timestamp())
