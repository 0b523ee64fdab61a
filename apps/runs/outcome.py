"""What follows a run's end.

Knows the hooks; knows nothing of who registers them.
"""

from __future__ import annotations

import logging

from apps.runs.hooks import run_ended
from apps.runs.models import Run

log = logging.getLogger(__name__)


def tell_hooks(run_id: str) -> bool:
    """Call every hook. False when one failed: the run keeps its lease, and a sweep tries again."""
    run = Run.objects.select_related("version").get(id=run_id)
    told = True
    for hook in run_ended:
        try:
            hook(run)
        except Exception:
            log.exception("A hook failed at the end of run %s", run_id)
            told = False
    return told
