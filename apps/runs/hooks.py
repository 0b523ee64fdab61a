"""What higher rooms want to know of runs. They append to these lists when Django starts; runs calls, and imports nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.runs.models import Run

# Called in the worker once a run's terminal event is committed. Must be repeatable: recovery may call it again.
run_ended: list[Callable[[Run], None]] = []
