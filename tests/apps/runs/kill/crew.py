"""Worker processes that die now and then, and the scheduler that stays.

Knows processes; knows nothing of runs.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests.apps.runs.worker import Worker, environment
from weft.settings.env import ROOT

N_WORKERS = 2


class Crew:
    """Some workers of one kind, started at once."""

    def __init__(self, folder: Path, *, queues: str, **settings: str) -> None:
        self.workers = [Worker(folder / f"worker-{i}.log", queues=queues, **settings) for i in range(N_WORKERS)]
        self.starts: list[float] = []
        self._launched: dict[int, float] = {}
        self._children: list[psutil.Process] = []

    def start(self) -> None:
        for worker in self.workers:
            self._launch(worker)

    @property
    def ready(self) -> list[Worker]:
        """Those that take runs. `starts` has the seconds that each needed to get there."""
        found = [worker for worker in self.workers if worker.is_ready]
        for worker in found:
            if (launched := self._launched.pop(worker.pid, None)) is not None:
                self.starts.append(time.monotonic() - launched)
        return found

    def kill(self, worker: Worker) -> None:
        """SIGKILL, and a new process in its place."""
        self._children += psutil.Process(worker.pid).children(recursive=True)
        worker.kill()
        self._launch(worker)

    @property
    def orphans(self) -> list[psutil.Process]:
        """What workers that were killed left running."""
        return [child for child in self._children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]

    def end(self) -> None:
        for worker in self.workers:
            worker.kill()

    def _launch(self, worker: Worker) -> None:
        worker.launch()
        self._launched[worker.pid] = time.monotonic()


class Scheduler:
    """The scheduler as it is in production; none of what it sends is sent by the test."""

    def __init__(self, folder: Path, **settings: str) -> None:
        with (folder / "scheduler.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "weft.services.scheduler"],
                cwd=ROOT, env=environment(**settings), stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def end(self) -> None:
        self._process.kill()
        self._process.wait(10)
