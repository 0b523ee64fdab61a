"""A real Celery worker process on the test database, to be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from tests.waiting import until_sync
from weft.settings.env import ROOT

COMMAND = (
    sys.executable, "-m", "celery", "-A", "weft", "worker", "-P", "threads", "-c", "8",
    "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO",
)  # fmt: skip


class Worker:
    """One worker at a time; `start` after `kill` begins a new process."""

    def __init__(self, log: Path, *, queues: str = "runs", **environment: str) -> None:
        self._log = log
        self._command = (*COMMAND, "-Q", queues, "--hostname", f"{log.stem}@tests")
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self.n_started = 0

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    @property
    def is_ready(self) -> bool:
        """Whether it takes runs. A worker that died on its way there is a fault of the test."""
        assert not self._died(), self.log[-3000:]
        return self.log.count(" ready.") == self.n_started

    def start(self) -> None:
        self.launch()
        until_sync(lambda: self.is_ready, timeout_s=60)

    def launch(self) -> None:
        """Start without waiting until it is ready."""
        self.n_started += 1
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=environment(**self._environment),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As the supervisor does it."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)
            self._process.wait(30)

    def _died(self) -> bool:
        return self._process is not None and self._process.poll() is not None


def environment(**more: str) -> dict[str, str]:
    """What makes a process of ours use the test's database."""
    url = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))
    path = os.pathsep.join([str(ROOT / "platform"), str(ROOT)])
    base = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    return {**base, "DATABASE_URL": database, "PYTHONPATH": path, **more}
