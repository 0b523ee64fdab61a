"""What the processes beside rank 0 run: their part of the model, and every step that rank 0 tells of."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection

import torch
from torch import distributed

from inference.errors import InferenceError
from inference.layers.parallel import Shard
from inference.ranks.wire import decode
from inference.runner import Runner

STALL = timedelta(seconds=300)
"""How long a rank waits for the others within a step before it gives up."""

READY, FAILED, DONE = b"ready", b"failed", b"done"

_log = logging.getLogger("inference.ranks")


@dataclass(frozen=True, slots=True)
class Part:
    """One rank's part of the model, read and waiting for its cache."""

    n_pages: int
    """Pages of the cache that fit this rank's memory."""
    runner: Callable[[int], Runner]
    """Makes the runner, with so many pages as fit all."""


Build = Callable[[Shard, torch.device], Part]
"""Reads a rank's part; picklable, for it travels to the rank's process."""


def join_group(shard: Shard, meeting: str, device: torch.device) -> torch.device:
    """Meet the other ranks over the file `meeting`; returns the rank's own device."""
    own = torch.device("cuda", shard.rank) if device.type == "cuda" else device
    if own.type == "cuda":
        torch.cuda.set_device(own)
    distributed.init_process_group(
        "nccl" if own.type == "cuda" else "gloo",
        init_method=f"file://{meeting}",
        rank=shard.rank,
        world_size=shard.world,
        timeout=STALL,
    )
    return own


def follow(build: Build, shard: Shard, meeting: str, device: torch.device, threads: int, leader: Connection) -> None:
    """The process's whole life: it ends when rank 0 closes the connection, or is gone."""
    # Ctrl-C reaches every process of a terminal; rank 0 lets running requests end first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    torch.set_num_threads(threads)
    with suppress(EOFError, OSError):
        try:
            part = build(shard, join_group(shard, meeting, device))
        except InferenceError as error:
            leader.send((FAILED, error.code, error.message))
            return
        except Exception as error:
            _log.exception("rank %d cannot be made ready", shard.rank)
            leader.send((FAILED, "rank_failed", f"Rank {shard.rank} cannot be made ready: {error}."))
            return
        leader.send((READY, part.n_pages, ""))
        _run(part.runner(leader.recv()), shard, leader)


def _run(runner: Runner, shard: Shard, leader: Connection) -> None:
    leader.send_bytes(READY)
    while True:
        plan = decode(leader.recv_bytes())
        try:
            runner.launch(plan).tokens()
        except Exception:
            # Rank 0 fails in the same way, or misses this one in the step and gives all of them up.
            _log.exception("a step failed on rank %d", shard.rank)
            leader.send_bytes(FAILED)
        else:
            leader.send_bytes(DONE)
