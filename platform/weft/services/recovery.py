"""What a killed `up` left behind: processes to end, PostgreSQL's lock file. Touches nothing it cannot identify."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

import psutil

from weft.services.layout import DataDir
from weft.services.process import Identity, end
from weft.services.state import State

# How each is asked to end; SIGTERM for the others. PostgreSQL's SIGINT is its fast shutdown.
STOP_SIGNALS = {"postgres": signal.SIGINT}


def end_leftovers(data: DataDir, last: State) -> list[str]:
    """End what the last `up` started and did not end, newest first. Returns the names of what was found running."""
    found: list[str] = []
    for name, identity in reversed(list(last.processes.items())):
        if identity.alive():
            found.append(name)
            end(identity, stop_signal=STOP_SIGNALS.get(name, signal.SIGTERM), timeout_s=10)
    groups = {identity.pid: identity.started for identity in last.processes.values()}
    for process in _orphans(data, groups):
        found.append(process.name())
        with contextlib.suppress(psutil.Error):
            process.kill()
    if _free_postgres(data):
        found.append("postgres")
    return found


def _orphans(data: DataDir, groups: dict[int, float]) -> Iterator[psutil.Process]:
    """Children that a dead service left: in the group it led, started after it, and with our data directory."""
    if not groups:
        return
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            started = groups.get(os.getpgid(process.pid))
            ours = started is not None and process.create_time() >= started - 2.0
            if ours and process.environ().get("WEFT_DATA_DIR") == str(data.path):
                yield process


def _free_postgres(data: DataDir) -> bool:
    """End a postmaster that still holds our cluster; remove a lock file whose process is gone or is something else.

    PostgreSQL refuses to start while any process has the pid in its lock file, also an unrelated one after a reboot.
    """
    lock = data.postgres / "postmaster.pid"
    try:
        pid = int(lock.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        lock.unlink(missing_ok=True)
        return False
    try:
        process = psutil.Process(pid)
        if str(data.postgres) in process.cmdline():
            identity = Identity.of(pid, "postgres")
            end(identity, stop_signal=signal.SIGINT, timeout_s=30)
            return True
    except psutil.Error:
        pass
    lock.unlink(missing_ok=True)
    return False
