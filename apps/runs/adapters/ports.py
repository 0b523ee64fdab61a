"""Assembles what one run may use.

Knows which room implements which port; the implementations live in those rooms or beside this file.
"""

from __future__ import annotations

from uuid import UUID

from apps.knowledge.adapters import WorkspaceRetrieval
from apps.providers.adapters import WorkspaceModels
from apps.runs.adapters.blobs import RunBlobs
from apps.runs.adapters.files import RunFiles
from apps.runs.adapters.hinting import RunHints
from apps.runs.adapters.http import GuardedHttp
from apps.runs.briefs import Brief
from workflows.ports import Code, Journal, Ports


def ports_for(brief: Brief, journal: Journal, code: Code) -> Ports:
    """Every port, bound to the run's workspace; `code` is the sandbox that all runs of a process share."""
    workspace_id = UUID(brief.workspace_id)
    return Ports(
        journal=journal,
        models=WorkspaceModels(workspace_id, hinting=RunHints(brief)),
        retrieval=WorkspaceRetrieval(workspace_id, brief.readers),
        http=GuardedHttp(),
        code=code,
        files=RunFiles(workspace_id, brief.run_id),
        blobs=RunBlobs(brief.run_id),
    )
