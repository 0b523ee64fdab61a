"""Loaded by a Celery worker (`--include`) or the scheduler: writes their pid to WEFT_READY_FILE once they take work."""

from __future__ import annotations

import os
from pathlib import Path

from celery.signals import beat_init, worker_ready


def announce(**_: object) -> None:
    path = os.environ.get("WEFT_READY_FILE")
    if path:
        Path(path).write_text(str(os.getpid()))


worker_ready.connect(announce, weak=False)
beat_init.connect(announce, weak=False)
