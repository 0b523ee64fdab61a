"""Start, recognise and end processes. Knows pids, groups and signals; knows nothing of any particular service."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from weft.services.account import Account
from weft.services.service import Service

LAUNCHER = Path(__file__).with_name("launch.py")
LOG_LIMIT_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that cannot be mistaken for a later one with the same pid."""

    pid: int
    started: float
    program: str

    @classmethod
    def of(cls, pid: int, program: str) -> Identity:
        return cls(pid=pid, started=psutil.Process(pid).create_time(), program=Path(program).name)

    def alive(self) -> bool:
        """Whether this very process still runs: same pid, same start, same program."""
        try:
            process = psutil.Process(self.pid)
            same_start = abs(process.create_time() - self.started) < 2.0
            words = " ".join((process.name(), *process.cmdline()))
            return same_start and self.program in words and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


def spawn(service: Service, *, survive_us: bool = False) -> subprocess.Popen[bytes]:
    """Start the service's command in a session of its own, its output appended to its log.

    Must be called from the main thread: on Linux the child dies with the *thread* that started it.
    """
    service.log.parent.mkdir(parents=True, exist_ok=True)
    _rotate(service.log)
    death_signal = None if survive_us else service.death_signal
    with service.log.open("ab") as log:
        return subprocess.Popen(
            launched(service.command, account=service.account, death_signal=death_signal),
            cwd=service.cwd,
            env=dict(service.env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def launched(
    command: Sequence[str], *, account: Account | None, death_signal: signal.Signals | None = None
) -> list[str]:
    """`command`, run through the launcher: its own session, the account's rights, an end when we end."""
    options = [f"--parent={os.getpid()}"]
    if death_signal is not None:
        options.append(f"--death-signal={int(death_signal)}")
    if account is not None:
        options += [f"--uid={account.uid}", f"--gid={account.gid}"]
        options += ["--keep-access"] if account.keep_access else []
    return [sys.executable, "-I", "-S", str(LAUNCHER), *options, "--", *command]


def end(identity: Identity, *, stop_signal: signal.Signals, timeout_s: float) -> None:
    """Ask the process to end, insist after `timeout_s`, and take what is left of its group with it. Blocks."""
    if identity.alive():
        with contextlib.suppress(ProcessLookupError):
            os.kill(identity.pid, stop_signal)
        deadline = time.monotonic() + timeout_s
        while identity.alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        kill_group(identity.pid)
        while identity.alive():
            time.sleep(0.02)


def kill_group(pid: int) -> None:
    """SIGKILL whatever still lives in the group that `pid` led. Harmless when nothing does."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log file, for an error message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8_000))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])
    except OSError:
        return ""


def _rotate(log: Path) -> None:
    with contextlib.suppress(OSError):
        if log.stat().st_size > LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".log.1"))
