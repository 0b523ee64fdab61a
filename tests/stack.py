"""The servers the tests run on: PostgreSQL and Redis for a whole pytest session, Chroma and inference for who asks.

A session makes a stack of its own in a temporary folder, unless WEFT_TEST_STACK_DIR names one that is already running:

    python -m tests.stack start DIR     start PostgreSQL, Redis and Chroma in DIR and leave them running
    python -m tests.stack stop DIR      end them
    python -m tests.stack env DIR [DATABASE [REDIS_DB]]     print shell exports that make manage.py use them
    python -m tests.stack psql DIR SQL  run one statement

On a shared stack, WEFT_TEST_DB (a database name) and WEFT_TEST_REDIS_DB (1 to 63) keep two sessions apart.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT / "platform") not in sys.path:
    sys.path.insert(0, str(ROOT / "platform"))

from weft.services import chroma, environment, inference, postgres, redis, secrets, state  # noqa: E402  (needs the path)
from weft.services.layout import DataDir  # noqa: E402
from weft.services.ports import free_port  # noqa: E402
from weft.services.process import Identity, end, last_lines, spawn  # noqa: E402
from weft.services.service import Service  # noqa: E402

NAMES = ("postgres", "redis", "chroma", "inference")


class Stack:
    """One data directory of test servers. Ports, and so addresses, are fixed before anything is started."""

    def __init__(self, path: Path, *, survive_us: bool = False) -> None:
        self.data = DataDir(path.resolve())
        self.data.make()
        self.secrets = secrets.load_or_create(self.data.secrets)
        self._survive_us = survive_us
        with self._locked():
            known = state.read(self.data.state)
            if set(known.ports) != set(NAMES):
                known = state.State(ports={name: free_port() for name in NAMES})
                state.write(self.data.state, known)
        self.ports = dict(known.ports)

    def environ(self, *, database: str = "weft", redis_db: int = 0) -> dict[str, str]:
        """The variables that make Weft use these servers."""
        return {
            "DATABASE_URL": postgres.url(self.ports["postgres"], self.secrets).rpartition("/")[0] + f"/{database}",
            "REDIS_URL": redis.url(self.ports["redis"], self.secrets).rpartition("/")[0] + f"/{redis_db}",
            "CHROMA_URL": chroma.url(self.ports["chroma"]),
            "INFERENCE_URL": inference.url(self.ports["inference"]),
            "WEFT_INFERENCE_TOKEN": self.secrets.inference_token,
            "WEFT_SECRET_KEY": self.secrets.secret_key,
            "WEFT_FERNET_KEYS": " ".join(self.secrets.fernet_keys),
        }

    def start(self, *names: str) -> None:
        """Start those of `names` that do not run yet, side by side, and wait until all are ready."""
        with self._locked():
            known = state.read(self.data.state)
            started: dict[str, subprocess.Popen[bytes]] = {}
            for name in names:
                if name not in known.processes or not known.processes[name].alive():
                    service = self._service(name)
                    service.prepare()
                    started[name] = spawn(service, survive_us=self._survive_us)
                    identity = Identity.of(started[name].pid, service.command[0])
                    known = replace(known, processes={**known.processes, name: identity})
            state.write(self.data.state, known)
            for name, process in started.items():
                self._wait(self._service(name), process)

    def pids(self) -> dict[str, int]:
        """Of those that run."""
        return {name: each.pid for name, each in state.read(self.data.state).processes.items()}

    def stop(self) -> None:
        with self._locked():
            known = state.read(self.data.state)
            for name, identity in reversed(known.processes.items()):
                end(identity, stop_signal=self._service(name).stop_signal, timeout_s=10)
            state.write(self.data.state, replace(known, processes={}))

    def _service(self, name: str) -> Service:
        port = self.ports[name]
        makers: dict[str, Callable[[], Service]] = {
            "postgres": lambda: postgres.service(self.data, port, self.secrets, throwaway=True),
            "redis": lambda: redis.service(self.data, port, self.secrets, throwaway=True),
            "chroma": lambda: chroma.service(self.data, port),
            "inference": lambda: inference.service(
                self.data, port, env=environment.for_children(self.data, self.environ())
            ),
        }
        return makers[name]()

    def _wait(self, service: Service, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + service.start_timeout_s
        while not service.ready(process.pid):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{service.title} did not start for the tests:\n{last_lines(service.log)}")
            time.sleep(0.05)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time changes a shared stack."""
        with self.data.lock.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def main(argv: list[str]) -> int:
    match argv:
        case ["start", path, *extra]:
            stack = Stack(Path(path), survive_us=True)
            stack.start("postgres", "redis", "chroma", *extra)
            print(f"export WEFT_TEST_STACK_DIR={stack.data.path}")
            return 0
        case ["stop", path]:
            Stack(Path(path)).stop()
            return 0
        case ["env", path, *rest]:
            database, redis_db = (*rest, *("weft", "0")[len(rest) :])
            for name, value in Stack(Path(path)).environ(database=database, redis_db=int(redis_db)).items():
                print(f"export {name}={shlex.quote(value)}")
            return 0
        case ["psql", path, sql]:
            with psycopg.connect(Stack(Path(path)).environ()["DATABASE_URL"], autocommit=True) as connection:
                print(connection.execute(sql.encode()).statusmessage)
            return 0
    print(__doc__)
    return 2


def from_environment() -> Stack | None:
    """The shared stack that WEFT_TEST_STACK_DIR names, if any."""
    path = os.environ.get("WEFT_TEST_STACK_DIR")
    return Stack(Path(path), survive_us=True) if path else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
