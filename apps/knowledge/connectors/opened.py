"""Which folders of the machine are open to a workspace's connectors, as the operator says in WEFT_CONNECTOR_FOLDERS.

Each entry names for whom: `WORKSPACE-ID=/folder`, or `*=/folder` for every workspace. One without a name is open while
the installation has a single workspace, and closed once there are others: whose it is nobody has said.
"""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.conf import settings

from apps.accounts.models import Workspace

EVERY = "*"


def folders_of(workspace_id: UUID) -> list[Path]:
    """With every link followed. Entries that name no absolute path, or another workspace, are as if they were not."""
    named = [_parted(entry) for entry in settings.CONNECTOR_FOLDERS]
    return [Path(path).resolve() for whose, path in named if path.startswith("/") and _is_open(whose, workspace_id)]


def _parted(entry: str) -> tuple[str, str]:
    """A path may have an equals sign in it, but no name begins with a slash."""
    whose, _, path = ("", "", entry) if entry.startswith("/") else entry.partition("=")
    return whose.strip(), path.strip()


def _is_open(whose: str, workspace_id: UUID) -> bool:
    if whose == "":
        return not Workspace.objects.exclude(id=workspace_id).exists()
    return whose == EVERY or whose.lower() == str(workspace_id)
