"""A real `manage.py up` for tests: started in a folder, watched through its state file and its output."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.processes import is_running, wait_for
from weft.services.layout import ROOT, DataDir
from weft.services.ports import free_port

# Addresses of the test session's own servers must not reach an `up` under test.
INHERITED = ("DATABASE_URL", "REDIS_URL", "CHROMA_URL", "INFERENCE_URL", "DJANGO_SETTINGS_MODULE")


class Up:
    """One data directory and port; `ensure` starts it when it does not run."""

    def __init__(
        self, folder: Path, *, arguments: Sequence[str] = (), settings: Mapping[str, str] | None = None
    ) -> None:
        self.data = DataDir(folder)
        self.arguments = arguments
        self.settings = dict(settings or {})
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._output = folder.with_suffix(".out")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def output(self) -> str:
        return self._output.read_text()

    def ensure(self) -> Up:
        if self._process is None or self._process.poll() is not None:
            with self._output.open("wb") as output:
                self._process = subprocess.Popen(
                    command("up", *self.arguments, "--port", str(self.port), "--data-dir", str(self.data.path)),
                    cwd=ROOT, env=environment() | self.settings, stdout=output, stderr=subprocess.STDOUT,
                )  # fmt: skip
            wait_for(lambda: "Weft is ready" in self.output or self._ended(), timeout_s=120, what="the start")
            assert not self._ended(), self.output
        return self

    def pids(self) -> dict[str, int]:
        """The services that run now, by name."""
        return {name: each["pid"] for name, each in json.loads(self.data.state.read_text())["processes"].items()}

    def get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError as error:
            return 0, str(error)
        finally:
            connection.close()

    def kill(self, name: str) -> None:
        """SIGKILL a service and wait until another process has taken its place and the whole is ready."""
        old = self.pids()[name]
        os.kill(old, signal.SIGKILL)
        wait_for(lambda: self.pids()[name] != old, what=f"a new {name}")
        since = datetime.now(UTC)
        wait_for(lambda: self._was_ready_after(since), what="readiness")

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(timeout=60)

    def kill_supervisor(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def _was_ready_after(self, since: datetime) -> bool:
        """A report may be older than the question."""
        status, text = self.get("/readyz")
        return status == 200 and datetime.fromisoformat(json.loads(text)["checked_at"]) > since

    def _ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in INHERITED and not name.startswith("WEFT_")}


def none_runs(pids: dict[str, int]) -> bool:
    return not any(is_running(pid) for pid in pids.values())
