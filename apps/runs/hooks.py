"""Where rooms above are told of a run's end, so that this one need not know them."""

from __future__ import annotations

from collections.abc import Callable

from apps.runs.models import Run

# Called in a worker after the terminal event is committed and before readers are shown it, so whoever sees the end
# also sees what the hooks wrote. Called again after a crash: must be repeatable.
run_ended: list[Callable[[Run], None]] = []
