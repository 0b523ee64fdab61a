"""A whole model from a hub into the models folder: planned, checked before its gigabytes, arriving at once or not."""

from __future__ import annotations

import fcntl
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from inference.errors import Conflict
from inference.hub.fetch import Fetcher
from inference.hub.inspection import check_description, inspect
from inference.hub.names import key_of
from inference.hub.plan import PARTIAL, PLAN, STATE, Remote, check_room, done_bytes, free_on, places, plan_of
from inference.hub.records import write_record
from inference.hub.remote import address_of, look
from inference.hub.shelf import ORIGIN

_LOCK = "lock"
_WINDOW_S = 10.0
"""Over which the rate is taken."""
_TELL_EVERY_S = 0.3


@dataclass(frozen=True, slots=True)
class Progress:
    phase: Literal["downloading", "verifying"]
    done_bytes: int
    total_bytes: int
    bytes_per_s: float | None
    eta_s: float | None
    """Seconds to go at the rate of the last ten seconds; None before there is one."""
    file: str


def pull(
    model_id: str,
    folder: Path,
    *,
    endpoint: str,
    tell: Callable[[Progress], None],
    free_bytes: Callable[[Path], int] = free_on,
) -> Path:
    """Download a model, or go on with it; returns its directory. Blocks.

    Raises HubError and ModelLoadError; what came is kept. Raises Conflict when it is here, or another process is at it.
    """
    key = key_of(model_id)
    target, partial = folder / key, folder / PARTIAL / key
    _refuse_here(model_id, target)
    partial.mkdir(parents=True, exist_ok=True)
    with _alone(partial, model_id):
        # It may have arrived while this process was on its way here.
        _refuse_here(model_id, target)
        remote = plan_of(partial)
        if remote is None:
            remote = look(model_id, endpoint)
            _clear(partial)
            write_record(partial / PLAN, asdict(remote))
        meter = _Meter(remote.n_bytes, tell)
        _bring(remote, partial, endpoint, meter, lambda: free_bytes(folder))
        meter.say("verifying", "")
        inspect(partial)
        _arrive(remote, partial, target)
    return target


def _refuse_here(model_id: str, target: Path) -> None:
    if target.exists():
        raise Conflict("already_here", f"{model_id} is in {target} already.")


def _clear(partial: Path) -> None:
    """Whole files were checked against their plan: without it they may be of another commit."""
    for path in partial.iterdir():
        if path.name not in (STATE, _LOCK):
            path.unlink()


def _bring(remote: Remote, partial: Path, endpoint: str, meter: _Meter, free_bytes: Callable[[], int]) -> None:
    here = done_bytes(remote, partial)
    check_room(remote.n_bytes - here, free_bytes())
    checked = False
    fetcher = Fetcher(endpoint, came=meter.came, free_bytes=free_bytes)
    for file in remote.files:
        if file.holds_weights and not checked:
            # Before gigabytes come that could not be served.
            check_description(partial)
            checked = True
        whole, part = places(partial, file)
        meter.file = file.name
        if whole.is_file():
            meter.found(file.size)
            continue
        if part.is_file():
            meter.found(part.stat().st_size)
            meter.say("verifying", file.name)
        url, headers = address_of(remote, file, endpoint)
        fetcher.fetch(remote.model_id, file, url, headers, part)
        part.rename(whole)


def _arrive(remote: Remote, partial: Path, target: Path) -> None:
    origin = {"id": remote.model_id, "revision": remote.revision, "licence": remote.licence, "gated": remote.gated}
    write_record(partial / ORIGIN, origin | {"files": {file.name: file.digest for file in remote.files}})
    partial.rename(target)
    # Last: a process that is killed here leaves a model, not gigabytes that nobody knows.
    for name in (PLAN, STATE, _LOCK):
        (target / name).unlink(missing_ok=True)


@contextmanager
def _alone(partial: Path, model_id: str) -> Iterator[None]:
    with (partial / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("download_busy", f"Another process is downloading {model_id}; it goes on alone.") from None
        yield


class _Meter:
    """Adds up what came, and tells of it now and then."""

    def __init__(self, total: int, tell: Callable[[Progress], None]) -> None:
        self.file = ""
        self._total = total
        self._tell = tell
        self._done = 0
        self._told = 0.0
        self._marks: deque[tuple[float, int]] = deque()

    def found(self, n_bytes: int) -> None:
        """That much is here already."""
        self._done += n_bytes
        self._marks.clear()

    def came(self, n_bytes: int) -> None:
        self._done += n_bytes
        if n_bytes < 0:
            self._marks.clear()
        now = time.monotonic()
        self._marks.append((now, self._done))
        while now - self._marks[0][0] > _WINDOW_S:
            self._marks.popleft()
        if now - self._told >= _TELL_EVERY_S:
            self.say("downloading", self.file)

    def say(self, phase: Literal["downloading", "verifying"], file: str) -> None:
        self._told = time.monotonic()
        rate = self._rate() if phase == "downloading" else None
        left_s = (self._total - self._done) / rate if rate else None
        self._tell(Progress(phase, self._done, self._total, rate, left_s, file))

    def _rate(self) -> float | None:
        if len(self._marks) < 2:
            return None
        (began, before), (now, done) = self._marks[0], self._marks[-1]
        return (done - before) / (now - began) if now > began and done > before else None
