"""The benchmark of a GPU: stages in the order in which later ones make sense. `python -m inference bench`."""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch

from inference.bench.ceilings import ceilings
from inference.bench.clocks import clocks_of
from inference.bench.correctness import correctness
from inference.bench.embedding import embeddings
from inference.bench.journal import Journal
from inference.bench.latency import ttft
from inference.bench.replay import replay
from inference.bench.report import table
from inference.bench.rivals import baselines, parity
from inference.bench.serving import prefill, throughput
from inference.bench.stage import Bench, Stage, run_stage
from inference.bench.sweeps import sweeps
from inference.errors import InferenceError
from inference.kernels import reference
from inference.kernels.catalogue import CATALOGUE
from inference.kernels.tuning import KERNELS

STAGES: Mapping[str, Stage] = MappingProxyType(
    {
        "ceilings": ceilings,
        "correctness": correctness,
        "sweeps": sweeps,
        "parity": parity,
        "throughput": throughput,
        "prefill": prefill,
        "ttft": ttft,
        "baselines": baselines,
        "embeddings": embeddings,
        "replay": replay,
    }
)
BUDGET_S = 420.0
"""No task of a stage begins later than that, so that a stage ends within nine minutes."""
NO_GPU = 2


def bench(
    stages: Sequence[str],
    *,
    out: Path,
    skip_done: bool,
    rehearse: bool,
    say: Callable[[str], None] = print,
    budget_s: float = BUDGET_S,
) -> int:
    """Run the stages named, or all; results go to out/results.jsonl, a table to out/results.md.

    Returns 0, 1 when something failed, 2 without a GPU. Raises InferenceError for a stage that is none.
    """
    unknown = [name for name in stages if name not in STAGES]
    if unknown:
        raise InferenceError("bad_setting", f"No stage {unknown[0]!r}: known are {', '.join(STAGES)}.")
    if not rehearse and not torch.cuda.is_available():
        say("There is no GPU that CUDA can use; --rehearse runs every stage on the CPU, with tiny shapes and twins.")
        return NO_GPU
    here = cpu_bench(out) if rehearse else gpu_bench(out)
    return measure(here, stages or list(STAGES), out=out, skip_done=skip_done, say=say, budget_s=budget_s)


def measure(
    here: Bench, stages: Sequence[str], *, out: Path, skip_done: bool, say: Callable[[str], None], budget_s: float
) -> int:
    n_failed = 0
    for name in stages:
        say(f"--- {name}")
        outcome = run_stage(STAGES[name], here, skip_done=skip_done, budget_s=budget_s, say=say)
        n_failed += outcome.n_failed
        if outcome.n_left:
            why = "the device no longer answers" if outcome.lost else "its time is over"
            say(f"{name}: {outcome.n_left} results are missing, {why}; go on with --skip-done.")
        if outcome.lost:
            break
    (out / "results.md").write_text(table(list(here.journal.lines.values())))
    return 1 if n_failed else 0


def cpu_bench(out: Path) -> Bench:
    """A rehearsal: twins stand for kernels, and nothing is written beside the results."""
    torch.manual_seed(0)
    journal = Journal(out / "results.jsonl", device="rehearsal", versions=_versions())
    return Bench(torch.device("cpu"), journal, rehearsing=True, kernel=_twin, tuned=None)


def gpu_bench(out: Path) -> Bench:
    torch.manual_seed(0)
    device = torch.device("cuda", torch.cuda.current_device())
    journal = Journal(out / "results.jsonl", device=torch.cuda.get_device_name(device), versions=_versions())
    return Bench(device, journal, rehearsing=False, kernel=_kernel, tuned=KERNELS / "tuned", clocks=clocks_of(device))


def _twin(operation: str) -> Callable[..., Any]:
    twin: Callable[..., Any] = getattr(reference, operation)
    return twin


def _kernel(operation: str) -> Callable[..., Any]:
    module = importlib.import_module(f"inference.kernels.triton.{CATALOGUE[operation].name}")
    kernel: Callable[..., Any] = getattr(module, operation)
    return kernel


def _versions() -> dict[str, str]:
    found = {"torch": torch.__version__, "cuda": str(torch.version.cuda)}
    for name in ("triton", "transformers"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "none"
    return found
