"""What follows a run's end, and its pauses.

Knows the hooks and what a conversation remembers; knows nothing of who registers hooks.
"""

from __future__ import annotations

import logging

from apps.runs.hooks import run_ended
from apps.runs.models import Run
from apps.runs.variables import apply_writes

log = logging.getLogger(__name__)


def tell_hooks(run_id: str) -> bool:
    """Call every hook. False when one failed: the run keeps its lease, and a sweep tries again."""
    run = Run.objects.get(id=run_id)
    told = True
    for hook in (apply_writes, *run_ended):
        try:
            hook(run)
        except Exception:
            log.exception("A hook failed at the end of run %s", run_id)
            told = False
    return told


def settle_pause(run_id: str) -> None:
    """What the run wrote so far is known to its conversation while it waits. What fails here is done at the end."""
    try:
        apply_writes(Run.objects.select_related("version").get(id=run_id))
    except Exception:
        log.exception("The conversation of run %s was not brought up to date at its pause", run_id)
