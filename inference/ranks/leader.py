"""Rank 0's side: starts the other ranks, tells them of each step, and notices when one is gone."""

from __future__ import annotations

import logging
import multiprocessing
import tempfile
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch
from torch import distributed

from inference.errors import EngineLost, ModelLoadError
from inference.layers.parallel import Shard
from inference.ranks.follower import DONE, FAILED, READY, Build, follow, join_group
from inference.ranks.wire import encode
from inference.runner import Pending, Runner
from inference.sequence import Plan

ANSWER_S = 20.0
"""How long the others may take for a step after rank 0 has done, or failed at, its part."""
_END_S = 5.0

_log = logging.getLogger("inference.ranks")


class Ranks:
    """The processes of ranks 1 and up, on this machine. Only one such group can be in a process at a time."""

    def __init__(self, build: Build, world: int, device: torch.device) -> None:
        """Start them; each begins to read its part. Raises ModelLoadError where there are too few GPUs."""
        if device.type == "cuda" and torch.cuda.device_count() < world:
            raise ModelLoadError(
                "device_missing",
                f"--tensor-parallel {world}: torch sees {torch.cuda.device_count()} GPUs here; each rank needs one.",
            )
        self._folder = tempfile.TemporaryDirectory(prefix="weft-ranks-")
        self._meeting = str(Path(self._folder.name) / "meeting")
        self._world = world
        self._others: list[tuple[BaseProcess, Connection]] = []
        spawning = multiprocessing.get_context("spawn")
        for rank in range(1, world):
            ours, theirs = spawning.Pipe()
            process = spawning.Process(
                target=follow,
                args=(build, Shard(rank, world), self._meeting, device, torch.get_num_threads(), theirs),
                name=f"rank-{rank}",
                daemon=True,
            )
            process.start()
            theirs.close()
            self._others.append((process, ours))

    def runner(self, build: Build, device: torch.device) -> tuple[Runner, int]:
        """Rank 0's runner, which takes the others along, and the pages of its cache: as many as fit all. Raises
        ModelLoadError with what the first rank that failed said."""
        try:
            own = join_group(Shard(0, self._world), self._meeting, device)
            part = build(Shard(0, self._world), own)
            n_pages = min([part.n_pages, *(self._ready(connection) for _, connection in self._others)])
            for _, connection in self._others:
                connection.send(n_pages)
            inner = part.runner(n_pages)
            self.answers(READY)
        except BaseException:
            self.close()
            raise
        return Leading(inner, self), n_pages

    def tell(self, data: bytes) -> None:
        """Raises EngineLost when somebody is gone."""
        for process, connection in self._others:
            try:
                connection.send_bytes(data)
            except OSError:
                raise _lost(process) from None

    def answers(self, wanted: bytes = DONE) -> bool:
        """Wait for each one's answer; False when somebody's was another. Raises EngineLost when somebody is gone, or
        gives none."""
        deadline = time.monotonic() + ANSWER_S
        said: list[bytes] = []
        for process, connection in self._others:
            try:
                if not connection.poll(max(0.0, deadline - time.monotonic())):
                    raise _lost(process)
                said.append(connection.recv_bytes())
            except (EOFError, OSError):
                raise _lost(process) from None
        return all(each == wanted for each in said)

    def close(self) -> None:
        """End the others, whatever they do."""
        for _, connection in self._others:
            connection.close()
        with suppress(Exception):
            distributed.destroy_process_group()
        for process, _ in self._others:
            process.join(_END_S)
            if process.is_alive():
                process.kill()
                process.join()
        self._others = []
        self._folder.cleanup()

    def _ready(self, connection: Connection) -> int:
        try:
            word, value, sentence = connection.recv()
        except (EOFError, OSError):
            raise ModelLoadError("rank_failed", "A rank ended while it was made ready; its log says why.") from None
        if word == FAILED:
            raise ModelLoadError(value, sentence)
        return int(value)


class Leading:
    """A Runner: rank 0's own, every plan told to the others first."""

    def __init__(self, inner: Runner, ranks: Ranks) -> None:
        self._inner = inner
        self._ranks = ranks

    def launch(self, plan: Plan) -> Pending:
        self._ranks.tell(encode(plan))
        try:
            pending = self._inner.launch(plan)
        except Exception:
            # Raised anew where all have come through the step; who still waits for rank 0 in it gives no answer.
            self._ranks.answers()
            raise
        if not self._ranks.answers():
            raise EngineLost("A rank failed at a step that rank 0 got through.")
        return pending

    def reset(self) -> None:
        self._inner.reset()

    def close(self) -> None:
        self._ranks.close()


def _lost(process: BaseProcess) -> EngineLost:
    process.join(0.5)
    how = "answers no more" if process.exitcode is None else f"ended with code {process.exitcode}"
    return EngineLost(f"{process.name} {how}.")
