"""Small real processes for the tests of the supervisor, and how to wait for a condition."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from weft.services.service import Service


def wait_for(condition: Callable[[], object], *, timeout_s: float = 30.0, what: str = "the condition") -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come about within {timeout_s:g} s"
        time.sleep(0.02)


def make_service(folder: Path, code: str = "import time; time.sleep(600)", *, name: str = "sleeper") -> Service:
    """A service that runs `code`; it is ready as soon as it lives."""
    return Service(
        name=name,
        title=name.title(),
        command=(sys.executable, "-c", code),
        ready=lambda _pid: True,
        log=folder / "logs" / f"{name}.log",
        cwd=folder,
        stop_timeout_s=2.0,
    )


def is_running(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[0] != "Z"
    except OSError:
        return False
