"""What a stage is: tasks one after the other, each with one result. Knows nothing of what is measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from inference.bench.journal import Journal, Measured


class Wrong(Exception):
    """What was computed is not what should have been; the sentence says how it differs."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured, and how thoroughly."""

    device: torch.device
    journal: Journal
    rehearsing: bool
    """Tiny shapes, and twins instead of kernels: whether the code runs, not how fast."""
    kernel: Callable[[str], Callable[..., Any]]
    """Who computes an operation: the kernel itself, whatever the dispatch thinks of it."""
    tuned: Path | None
    """Where what was verified and tuned is written; None: nowhere."""
    clocks: Callable[[], dict[str, float]] = dict
    """The device's clocks, temperature and power now, as far as they are known."""

    @property
    def repeats(self) -> int:
        return 2 if self.rehearsing else 20


@dataclass(frozen=True, slots=True)
class Task:
    name: str
    measure: Callable[[], Measured]
    stamp: str = ""
    """Of what the result depends on; with another stamp it is measured anew."""


Stage = Callable[[Bench], Iterable[Task]]


@dataclass(slots=True)
class Outcome:
    n_failed: int = 0
    n_left: int = 0
    """Tasks not begun when the stage's time was over."""
    lost: bool = False
    """The device computes nothing more: a process of its own must go on."""


def run_stage(
    stage: Stage,
    bench: Bench,
    *,
    skip_done: bool,
    budget_s: float,
    say: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
) -> Outcome:
    """Carry out the tasks, beginning none after `budget_s`."""
    outcome, ends = Outcome(), clock() + budget_s
    for task in stage(bench):
        if skip_done and bench.journal.done(task.name, task.stamp):
            continue
        if outcome.lost or clock() >= ends:
            outcome.n_left += 1
            continue
        try:
            measured = task.measure()
            bench.journal.write(task.name, task.stamp, measured, clocks=bench.clocks())
        except Exception as error:
            # Whatever goes wrong is the result: the next task may still be right.
            outcome.lost = not alive(bench.device)
            outcome.n_failed += 1
            reason = f"{type(error).__name__}: {error}".splitlines()[0][:500]
            bench.journal.fail(task.name, task.stamp, reason, fatal=outcome.lost)
        say(_told(bench.journal.lines[task.name]))
    return outcome


def alive(device: torch.device) -> bool:
    """After an illegal access every later call of the process fails."""
    if device.type != "cuda":
        return True
    try:
        torch.cuda.synchronize(device)
        torch.ones(1, device=device).item()
    except RuntimeError:
        return False
    torch.cuda.empty_cache()
    return True


def _told(line: dict[str, Any]) -> str:
    if line["failed"] is not None:
        return f"{line['name']}: FAILED, {line['failed']}"
    share = "" if line["fraction"] is None else f" ({line['fraction']:.0%} of {line['of']})"
    return f"{line['name']}: {line['value']:.4g} {line['unit']}{share}"
