"""The place of the generative model: what is served in it, and how another takes its place.

Knows draining, loading and going back; nothing of HTTP, folders or hubs.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import torch

from inference.errors import Conflict, InferenceError, ModelLoadError, Unavailable
from inference.loader import LoadProgress
from inference.memory import release_unused
from inference.server.catalogue import Catalogue
from inference.text.generative import GenerativeModel
from inference.worker import EngineWorker

State = Literal["empty", "serving", "draining", "loading", "returning", "failed"]
Quantization = Literal["none", "fp8", "int8"]

POLL_S = 0.02
GRACE_S = 5.0
"""What requests that were ended get to tell their clients."""

_log = logging.getLogger("inference.server")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A model to serve."""

    key: str | None
    """The library's; None for a directory of the command line."""
    directory: Path
    model_id: str
    quantization: Quantization
    adapters: Mapping[str, Path] = field(default_factory=dict)


Load = Callable[[Choice, Callable[[LoadProgress], None]], tuple[GenerativeModel, EngineWorker]]


class Slot:
    """One model at a time. `switch` frees the old one's memory before the new one is read."""

    def __init__(self, catalogue: Catalogue, load: Load, *, drain_s: float, free_bytes: Callable[[], int]) -> None:
        """load: called on a thread of its own; raises InferenceError for what cannot be served. free_bytes: memory of
        the device that is free now.
        """
        self.state: State = "empty"
        self.current: Choice | None = None
        """What is served; while another is loaded, what was."""
        self.next: Choice | None = None
        self.progress: LoadProgress | None = None
        self.error: InferenceError | None = None
        """Why the last switch failed; None when it did not."""
        self.refused: str | None = None
        """The key of the model that `error` is about."""
        self.held_bytes = 0
        """Memory that loading the model took, about."""
        self.worker: EngineWorker | None = None
        self.on_changed: Callable[[], None] = _nothing
        """Called when another model, or none, has taken the place."""
        self.on_emptied: Callable[[], None] = _nothing
        """Called when the model has left memory."""
        self.on_rebuilt: Callable[[], None] = _nothing
        """Called when the model's engine died and another took over."""
        self.n_open: Callable[[str], int] = lambda model_id: 0
        """Requests under way to a model, those included that the engine has not heard of yet."""
        self._catalogue = catalogue
        self._load = load
        self._drain_s = drain_s
        self._free_bytes = free_bytes
        self._closing = False
        self._switching: asyncio.Task[None] | None = None

    def fill(self, choice: Choice) -> None:
        """Load the first model before anything is served. Raises what loading raises."""
        self._take(choice, *self._measured(choice))

    def refuse(self, key: str, error: InferenceError) -> None:
        """Nothing is served, since the model chosen earlier cannot be."""
        self.state, self.error, self.refused = "failed", error, key

    def switch(self, choice: Choice | None) -> None:
        """Begin to serve `choice`, or nothing. Returns at once; raises Conflict while another switch is under way."""
        if self._switching is not None and not self._switching.done():
            raise Conflict("switch_in_progress", f"{self._doing()} Wait until that has ended.")
        self.error = self.refused = None
        self.next, self.progress = choice, None
        # Before anything is awaited, so that what is asked for next sees it.
        self.state = "draining" if self.worker is not None else "loading"
        self._keep_away()
        self._switching = asyncio.get_running_loop().create_task(self._switch(choice))

    def why_not(self) -> str | None:
        """Why requests for the generative model have to wait; None when none has to."""
        return self._doing() if self.state in ("draining", "loading", "returning") else None

    def abort(self, error: InferenceError) -> None:
        """End every request of the model."""
        if self.worker is not None:
            self.worker.abort_all(error)

    async def close(self) -> None:
        """End a switch under way, and stop the engine."""
        self._closing = True
        if self._switching is not None and not self._switching.done():
            self._switching.cancel()
            await asyncio.gather(self._switching, return_exceptions=True)
        if self.worker is not None:
            self.worker.close()

    async def _switch(self, choice: Choice | None) -> None:
        before = self.current if self.worker is not None else None
        await self._empty()
        if choice is not None:
            self.state = "loading"
            if not await self._try(choice) and before is not None:
                self.state, self.next, self.progress = "returning", before, None
                self._keep_away()
                await self._try(before)
        if self.worker is None:
            self.state = "failed" if self.error is not None else "empty"
            self.current = None
        self.next = self.progress = None
        self._catalogue.away.clear()
        self.on_changed()

    async def _empty(self) -> None:
        """Let running requests end, end those that do not, and free the memory."""
        worker = self.worker
        if worker is None or self.current is None:
            return
        if not await self._until_idle(worker, self.current.model_id, self._drain_s):
            worker.abort_all(self._unavailable())
            await self._until_idle(worker, self.current.model_id, GRACE_S)
        worker.close()
        for name in (self.current.model_id, *self.current.adapters):
            self._catalogue.text.pop(name, None)
        self.worker, self.held_bytes = None, 0
        await asyncio.to_thread(worker.discard)
        del worker
        _free()
        self.on_emptied()

    async def _until_idle(self, worker: EngineWorker, model_id: str, limit_s: float) -> bool:
        """True when nothing is asked of the model any more; False when the time is up."""
        deadline = time.monotonic() + limit_s
        while worker.n_busy or self.n_open(model_id):
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(POLL_S)
        return True

    async def _try(self, choice: Choice) -> bool:
        try:
            loaded = await asyncio.to_thread(self._measured, choice)
            self._take(choice, *loaded)
        except InferenceError as error:
            fault = error
        except (torch.OutOfMemoryError, MemoryError):
            fault = InferenceError(
                "memory_short", f"{choice.model_id} does not fit this machine's memory; choose a smaller one."
            )
        except Exception as error:
            _log.exception("%s cannot be loaded", choice.model_id)
            fault = InferenceError(
                "load_failed", f"{choice.model_id} cannot be loaded ({type(error).__name__}); the log says why."
            )
        else:
            return True
        _log.warning("%s is not served: %s", choice.model_id, fault.message)
        if self.error is None:
            self.error, self.refused = fault, choice.key
        _free()
        return False

    def _take(self, choice: Choice, model: GenerativeModel, worker: EngineWorker) -> None:
        names = [choice.model_id, *choice.adapters]
        taken = next((name for name in names if name in self._catalogue.text or names.count(name) > 1), None)
        if taken is not None:
            worker.close()
            raise ModelLoadError("name_taken", f"Two models would be called {taken!r}; rename one.")
        worker.on_rebuilt = lambda: self.on_rebuilt()
        self._catalogue.text[choice.model_id] = model
        for name in choice.adapters:
            self._catalogue.text[name] = model.adapted(name)
        self.worker, self.current, self.state = worker, choice, "serving"

    def _measured(self, choice: Choice) -> tuple[GenerativeModel, EngineWorker]:
        before = self._free_bytes()
        loaded = self._load(choice, self._told)
        self.held_bytes = max(0, before - self._free_bytes())
        return loaded

    def _told(self, progress: LoadProgress) -> None:
        """Called by the thread that loads, after each tensor: where it can be ended."""
        self.progress = progress
        if self._closing:
            raise Unavailable("draining", "The server is shutting down.")

    def _keep_away(self) -> None:
        names = [name for each in (self.current, self.next) if each for name in (each.model_id, *each.adapters)]
        self._catalogue.away.update(dict.fromkeys(names, self._unavailable))

    def _unavailable(self) -> InferenceError:
        left_s = self.progress.eta_s if self.progress is not None else None
        return Unavailable("model_loading", self._doing(), retry_after_s=max(1, min(60, round(left_s or 5))))

    def _doing(self) -> str:
        """What happens here now, in a sentence."""
        was, comes = (each.model_id if each else "no generative model" for each in (self.current, self.next))
        if self.state == "draining":
            return f"{was} answers its last requests; {comes} takes its place."
        done = self.progress
        if done is None or done.eta_s is None or not done.total_bytes:
            return f"{comes} is being loaded."
        share = round(100 * done.done_bytes / done.total_bytes)
        return f"{comes} is being loaded: {share} % is read, about {done.eta_s:.0f} s to go."


def _free() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    release_unused()


def _nothing() -> None:
    pass
