"""`/admin/models`: the library of models over HTTP, for who has the key. Joins the shelf and the slot."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Literal

from inference.errors import BadRequest, Conflict, Forbidden, InferenceError, NotFound, Unavailable
from inference.hub.downloads import Downloads
from inference.hub.fit import Quantization, fit, fit_as
from inference.hub.listing import rows, short
from inference.hub.machine import Machine, machine
from inference.hub.names import key_of
from inference.hub.network import Network
from inference.hub.records import read_record, write_record
from inference.hub.removal import sweep
from inference.hub.shelf import Copy, Shelf
from inference.server.asgi import Handler, Routes
from inference.server.http import Exchange
from inference.server.slot import Choice, Slot
from inference.server.small_bodies import DownloadRequest, RegisterRequest, ServeRequest

_CHOSEN = "served.json"
"""In the models folder: the key of the model to serve, and how its weights are rounded."""
_QUANTIZATIONS: tuple[Quantization, ...] = ("none", "fp8", "int8")

_log = logging.getLogger("inference.server")


class LibraryEndpoints:
    """Every answer is the whole state as it is after the request."""

    def __init__(
        self,
        shelf: Shelf,
        slot: Slot,
        network: Network,
        downloads: Downloads,
        *,
        device: Literal["cuda", "cpu"],
        threads: int,
        guarded: bool,
        named: bool,
    ) -> None:
        """guarded: callers have shown a key. named: the command line names a model, which wins over the one chosen
        earlier.
        """
        self._shelf = shelf
        self._slot = slot
        self._network = network
        self._downloads = downloads
        self._device = device
        self._threads = threads
        self._guarded = guarded
        self._named = named
        # The shelf is read and changed by one thread at a time.
        self._turn = asyncio.Lock()
        self._sweeping: asyncio.Future[None] | None = None
        slot.on_changed = self._remember

    def routes(self) -> Routes:
        return {
            "/admin/models": {"GET": self._for_admins(self._listed)},
            "/admin/models/directories": {"POST": self._for_admins(self._register)},
            "/admin/models/downloads": {"POST": self._for_admins(self._download)},
            "/admin/models/downloads/": {
                "POST": self._for_admins(self._pause_or_resume),
                "DELETE": self._for_admins(self._cancel),
            },
            "/admin/models/copies/": {"DELETE": self._for_admins(self._remove)},
            "/admin/models/serving": {"POST": self._for_admins(self._serve), "DELETE": self._for_admins(self._stop)},
        }

    def begin(self) -> None:
        """Go on with downloads, and serve what was chosen before the last end of the process."""
        self._sweep()
        self._downloads.begin()
        chosen = read_record(self._shelf.folder / _CHOSEN)
        if self._named or not chosen.get("key"):
            return
        key = str(chosen["key"])
        try:
            copy = self._shelf.copy(key)
            if copy.problem is not None:
                raise copy.problem
            self._slot.switch(_choice(copy, _quantization(chosen.get("quantization"))))
        except InferenceError as error:
            _log.warning("%s was chosen earlier and is not served: %s", key, error.message)
            self._slot.refuse(key, error)

    def _sweep(self) -> None:
        """Free what removed models held, beside everything else: a large one takes a while."""
        self._sweeping = asyncio.get_running_loop().run_in_executor(None, sweep, self._shelf.folder)

    async def close(self) -> None:
        if self._sweeping is not None:
            await self._sweeping
        await self._downloads.close()
        await self._network.close()

    async def _listed(self, exchange: Exchange) -> None:
        await self._answer(exchange)

    async def _register(self, exchange: Exchange) -> None:
        request = await exchange.read(RegisterRequest)
        async with self._turn:
            await asyncio.to_thread(self._shelf.register, request.path)
        await self._answer(exchange)

    async def _download(self, exchange: Exchange) -> None:
        request = await exchange.read(DownloadRequest)
        async with self._turn:
            here = await asyncio.to_thread(self._shelf.has, key_of(request.id))
        if here:
            raise Conflict("already_here", f"{request.id} is on this machine already.", param="id")
        await self._downloads.start(request.id)
        await self._answer(exchange)

    async def _pause_or_resume(self, exchange: Exchange) -> None:
        key, _, action = exchange.rest.partition("/")
        if action == "pause":
            self._downloads.pause(key)
        elif action == "resume":
            await self._downloads.resume(key)
        else:
            raise NotFound("not_found", f"There is nothing at {exchange.path}.")
        await self._answer(exchange)

    async def _cancel(self, exchange: Exchange) -> None:
        await self._downloads.cancel(exchange.rest)
        await self._answer(exchange)

    async def _remove(self, exchange: Exchange) -> None:
        key = exchange.rest
        async with self._turn:
            copy = await asyncio.to_thread(self._shelf.copy, key)
            if any(each and each.directory == copy.directory for each in (self._slot.current, self._slot.next)):
                raise Conflict("model_in_use", f"{copy.model_id} is being served; serve another, or stop it, first.")
            await asyncio.to_thread(self._shelf.remove, key)
        self._sweep()
        await self._answer(exchange)

    async def _serve(self, exchange: Exchange) -> None:
        request = await exchange.read(ServeRequest)
        if request.key in self._downloads.listed():
            raise Conflict("model_not_ready", f"{request.key} has not arrived yet; wait for its download.")
        async with self._turn:
            copy = await asyncio.to_thread(self._shelf.copy, request.key)
            here = await asyncio.to_thread(self._machine)
        if copy.inspected is None:
            problem = copy.problem or NotFound("model_not_found", f"{copy.model_id} is gone.")
            raise BadRequest(problem.code, problem.message, param="key")
        asked = request.quantization
        found = fit(copy.inspected.facts, here)
        if asked is not None:
            found = fit_as(copy.inspected.facts, here, _quantization(asked))
        if found.verdict == "no":
            raise Conflict("memory_short", f"{copy.model_id}: {short(found.needed_bytes, here)}")
        self._slot.switch(_choice(copy, found.quantization))
        await self._answer(exchange)

    async def _stop(self, exchange: Exchange) -> None:
        self._slot.switch(None)
        await self._answer(exchange)

    async def _answer(self, exchange: Exchange) -> None:
        async with self._turn:
            copies, here = await asyncio.to_thread(lambda: (self._shelf.copies(), self._machine()))
        serving = self._serving(copies)
        state = {
            "moving": self._downloads.moving or serving["state"] in ("draining", "loading", "returning"),
            "machine": self._described(here),
            "network": self._network.described(),
            "serving": serving,
            "models": rows(copies, self._downloads.listed(), here),
        }
        await exchange.send_json(state)

    def _serving(self, copies: list[Copy]) -> dict[str, Any]:
        slot, progress = self._slot, self._slot.progress
        now, error = slot.current, slot.error
        return {
            "state": slot.state,
            "key": _key(now, copies),
            "model_id": now.model_id if now else None,
            "quantization": now.quantization if now else None,
            "from_command_line": now is not None and now.key is None,
            "next_key": _key(slot.next, copies),
            "done_bytes": progress.done_bytes if progress else None,
            "total_bytes": progress.total_bytes if progress else None,
            "eta_s": progress.eta_s if progress else None,
            "running": slot.worker.n_busy if slot.worker else 0,
            "error": {"code": error.code, "message": error.message, "key": slot.refused} if error else None,
        }

    def _machine(self) -> Machine:
        return machine(self._device, self._shelf.folder, threads=self._threads, held_bytes=self._slot.held_bytes)

    def _described(self, here: Machine) -> dict[str, Any]:
        return {
            "device": here.device,
            "name": here.name,
            "memory_bytes": here.memory_bytes,
            "free_bytes": here.free_bytes,
            "bandwidth_bytes_per_s": here.bandwidth,
            "bandwidth_source": here.bandwidth_source,
            "disk_free_bytes": here.disk_free_bytes,
            "models_dir": str(self._shelf.folder),
            "roots": [str(root) for root in self._shelf.roots],
        }

    def _remember(self) -> None:
        """Keep what is served for the next start. What could not be loaded is not kept; nor is a model of the command
        line, which is named there.
        """
        now = self._slot.current
        if now is not None and now.key is not None:
            write_record(self._shelf.folder / _CHOSEN, {"key": now.key, "quantization": now.quantization})
        elif self._slot.state == "empty":
            write_record(self._shelf.folder / _CHOSEN, {})

    def _for_admins(self, handler: Handler) -> Handler:
        async def guarded(exchange: Exchange) -> None:
            if not self._guarded:
                raise Forbidden(
                    "admin_disabled", "/admin/models answers only when the server was started with an API key."
                )
            try:
                await handler(exchange)
            except OSError as error:
                # A disk that was taken away, or is full.
                _log.warning("%s %s failed: %s", exchange.method, exchange.path, error)
                raise Unavailable(
                    "model_unavailable",
                    f"The models folder {self._shelf.folder} cannot be used ({error.strerror or error}); bring its "
                    "disk back or make room there. What is served goes on.",
                ) from error

        return guarded


def _choice(copy: Copy, quantization: Quantization) -> Choice:
    return Choice(key=copy.key, directory=copy.directory, model_id=copy.model_id, quantization=quantization)


def _key(choice: Choice | None, copies: list[Copy]) -> str | None:
    """The key of a choice; of a directory of the command line, that of the copy which lies there, if any."""
    if choice is None or choice.key is not None:
        return choice.key if choice else None
    return next((copy.key for copy in copies if copy.directory == choice.directory), None)


def _quantization(given: object) -> Quantization:
    found = next((each for each in _QUANTIZATIONS if each == given), None)
    if found is None:
        raise BadRequest(
            "value_out_of_range",
            f"quantization is {given!r}; {', '.join(_QUANTIZATIONS)} are known.",
            param="quantization",
        )
    return found
