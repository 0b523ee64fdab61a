"""Row locks on runs."""

from __future__ import annotations

from uuid import UUID

from apps.runs.models import Run


def lock_run(run_id: UUID | str) -> Run | None:
    """The run, locked until the transaction ends: no lease is taken and no event appended meanwhile."""
    return Run.objects.select_for_update(no_key=True, of=("self",)).filter(id=run_id).first()
