"""Downloads of the server: one at a time, each a process of its own, so that hashing costs the engine nothing.

What a person wants of each lies beside its plan and survives the server: a download that ran goes on with the next
start, one that was paused waits. One that lost the hub goes on by itself when the hub is back.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from inference.errors import Conflict, NotFound, Unavailable
from inference.hub.catalogue import known_model
from inference.hub.names import is_key, key_of
from inference.hub.network import Network
from inference.hub.plan import PARTIAL, STATE, check_room, done_bytes, free_on, plan_of
from inference.hub.records import read_record, write_record
from inference.hub.removal import set_aside, sweep

RETRY_S = 15.0
"""How often a hub that was lost is asked for."""
_PASSING = frozenset({"hub_unreachable", "download_busy"})
"""What goes away by itself: the hub, and a process that outlived the server that started it."""
_ROOT = Path(__file__).parents[2]

_log = logging.getLogger("inference.hub")


@dataclass(slots=True)
class _Download:
    model_id: str
    state: Literal["queued", "downloading", "verifying", "paused", "failed"]
    done_bytes: int | None = None
    total_bytes: int | None = None
    bytes_per_s: float | None = None
    eta_s: float | None = None
    file: str | None = None
    error: dict[str, str] | None = None
    process: asyncio.subprocess.Process | None = None

    def rest(self, state: Literal["queued", "paused", "failed"], error: dict[str, str] | None = None) -> None:
        """It does not move any more."""
        self.state, self.error, self.process = state, error, None
        self.bytes_per_s = self.eta_s = None

    @property
    def moves(self) -> bool:
        return self.state in ("queued", "downloading", "verifying")

    @property
    def lost(self) -> bool:
        """Does it wait for something to go away by itself?"""
        return self.state == "paused" and self.error is not None


class Downloads:
    """Belongs to one event loop."""

    def __init__(self, folder: Path, network: Network, *, retry_s: float = RETRY_S) -> None:
        """folder: the models folder."""
        self._folder = folder
        self._network = network
        self._retry_s = retry_s
        self._known: dict[str, _Download] = {}
        self._running: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Take up what lies there from before."""
        places = sorted((self._folder / PARTIAL).iterdir()) if (self._folder / PARTIAL).is_dir() else []
        for place in places:
            plan, wish = plan_of(place), read_record(place / STATE)
            model_id = plan.model_id if plan else wish.get("id")
            if not is_key(place.name) or model_id is None:
                continue
            found = self._known[place.name] = _Download(str(model_id), "paused")
            if wish.get("wanted") and self._network.state == "disabled":
                found.error = {"code": "hub_disabled", "message": self._network.message}
            elif wish.get("wanted"):
                found.state = "queued"
            if plan is not None:
                found.done_bytes, found.total_bytes = done_bytes(plan, place), plan.n_bytes
        self._next()

    async def close(self) -> None:
        """Stop; everything goes on with the next start."""
        tasks = [task for task in (self._running, self._watching) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def moving(self) -> bool:
        return any(each.moves for each in self._known.values())

    def listed(self) -> dict[str, dict[str, Any]]:
        """Every download that has not arrived, by key."""
        for key in [key for key, each in self._known.items() if not each.moves and self._arrived(key)]:
            # The command line finished it.
            del self._known[key]
        names = ("state", "done_bytes", "total_bytes", "bytes_per_s", "eta_s", "file", "error")
        return {
            key: {"id": each.model_id} | {name: getattr(each, name) for name in names}
            for key, each in self._known.items()
        }

    async def start(self, model_id: str) -> None:
        """Begin a download. Raises BadRequest for what is no id, Conflict where it is under way, where the disk is
        short or the hub is switched off, Unavailable where the hub does not answer.
        """
        key = key_of(model_id)
        self._refuse_moving(key)
        known = known_model(model_id)
        if known is not None and key not in self._known:
            check_room(known.n_bytes, free_on(self._folder))
        await self._reach()
        self._refuse_moving(key)
        self._want(key, model_id)

    def pause(self, key: str) -> None:
        """Stop it; what came is kept. Raises NotFound, Conflict."""
        found = self._find(key)
        if not found.moves or self._arrived(key):
            raise Conflict("not_downloading", f"{found.model_id} is not being downloaded.")
        self._wish(key, found.model_id, wanted=False)
        _end(found)
        found.rest("paused")
        self._next()

    async def resume(self, key: str) -> None:
        """Go on with a paused or failed one. Raises NotFound, Conflict, Unavailable."""
        self._resting(key)
        await self._reach()
        # Meanwhile somebody may have cancelled it, or resumed it first.
        self._want(key, self._resting(key).model_id)

    async def cancel(self, key: str) -> None:
        """Stop it and delete what came. Raises NotFound."""
        found = self._find(key)
        process = found.process
        _end(found)
        found.rest("paused")
        del self._known[key]
        if process is not None:
            await process.wait()
        partial = self._folder / PARTIAL / key
        if partial.is_dir():
            # At once: what is deleted for seconds must not be what a new download writes.
            set_aside(partial, self._folder)
        self._next()
        await asyncio.to_thread(sweep, self._folder)

    async def _reach(self) -> None:
        state = await self._network.check()
        if state == "disabled":
            raise Conflict("hub_disabled", self._network.message)
        if state != "online":
            raise Unavailable("hub_unreachable", self._network.message, retry_after_s=15)

    def _find(self, key: str) -> _Download:
        if key not in self._known:
            raise NotFound("model_not_found", f"No download {key[:200]!r} is under way.", param="key")
        return self._known[key]

    def _resting(self, key: str) -> _Download:
        found = self._find(key)
        if found.moves:
            raise Conflict("not_paused", f"{found.model_id} is being downloaded already.")
        return found

    def _refuse_moving(self, key: str) -> None:
        if key in self._known and self._known[key].moves:
            raise Conflict("already_here", f"{self._known[key].model_id} is being downloaded already.", param="id")

    def _arrived(self, key: str) -> bool:
        return (self._folder / key).is_dir()

    def _want(self, key: str, model_id: str) -> None:
        self._wish(key, model_id, wanted=True)
        self._known.setdefault(key, _Download(model_id, "queued")).rest("queued")
        self._next()

    def _wish(self, key: str, model_id: str, *, wanted: bool) -> None:
        place = self._folder / PARTIAL / key
        place.mkdir(parents=True, exist_ok=True)
        write_record(place / STATE, {"id": model_id, "wanted": wanted})

    def _next(self) -> None:
        """Start the next of the queue unless one runs."""
        if self._running is not None and not self._running.done():
            return
        queued = next(((key, each) for key, each in self._known.items() if each.state == "queued"), None)
        if queued is not None:
            self._running = asyncio.get_running_loop().create_task(self._run(*queued))

    async def _run(self, key: str, download: _Download) -> None:
        download.state = "downloading"
        try:
            status = await self._process(download)
        except OSError as error:
            download.error = {"code": "interrupted", "message": f"No process can be started for it: {error}."}
            status = 1
        if download.state in ("downloading", "verifying"):
            self._ended(key, download, status)
        asyncio.get_running_loop().call_soon(self._next)

    async def _process(self, download: _Download) -> int:
        """Run the download, hearing what it says, until it ends or is ended; returns its exit code."""
        command = ("-m", "inference", "models", "pull", download.model_id, "--models-dir", str(self._folder), "--json")
        environment = {**os.environ, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_TELEMETRY": "1"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=_ROOT, env=environment, stdout=asyncio.subprocess.PIPE
        )
        if download.state != "downloading":
            # Paused or cancelled while the process was being started.
            process.terminate()
        else:
            download.process = process
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                if download.process is process:
                    _hear(download, line)
            return await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()

    def _ended(self, key: str, download: _Download, status: int) -> None:
        """It ended by itself."""
        if status == 0 or self._arrived(key):
            del self._known[key]
            return
        error = download.error or {"code": "interrupted", "message": "The download broke off; resume to go on."}
        _log.warning("%s is not downloaded: %s", download.model_id, error["message"])
        download.rest("paused" if error["code"] in _PASSING else "failed", error)
        if download.lost and (self._watching is None or self._watching.done()):
            self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        """Until no download waits for the hub."""
        while any(each.lost for each in self._known.values()):
            await asyncio.sleep(self._retry_s)
            if await self._network.check() == "online":
                for each in self._known.values():
                    if each.lost:
                        each.rest("queued")
                self._next()


def _hear(download: _Download, line: bytes) -> None:
    """Take in what the process says: how far it is, or what went wrong."""
    try:
        said = json.loads(line)
    except ValueError:
        _log.warning("a download says: %s", line.decode("utf-8", "replace").rstrip())
        return
    if "code" in said:
        download.error = {"code": str(said["code"]), "message": str(said["message"])}
        return
    download.state = said["phase"]
    for name in ("done_bytes", "total_bytes", "bytes_per_s", "eta_s", "file"):
        setattr(download, name, said[name])


def _end(download: _Download) -> None:
    process, download.process = download.process, None
    if process is not None and process.returncode is None:
        process.terminate()
