"""Where rooms above are told of what becomes of runs, so that this one need not know them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from apps.runs.models import Run

# Called in a worker after the terminal event of a conversation's run is committed and before readers are shown it, so
# whoever sees the end also sees what the hooks wrote. Called again after a crash: must be repeatable. The end of a run
# of no conversation concerns nobody else: it is over with the commit of its end, and that makes short runs cheap.
run_ended: list[Callable[[Run], None]] = []

# Called after runs that ended before that time were deleted, with all that is theirs.
runs_forgotten: list[Callable[[datetime], None]] = []
