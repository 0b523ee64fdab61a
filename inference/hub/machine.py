"""What this machine has for a model: memory, how fast it is read, and disk.

Asks the system; imports torch for GPUs only.
"""

from __future__ import annotations

import functools
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from inference.hub.plan import free_on
from inference.ram import ram

_STATED = {
    "H200": 4.8e12, "H100 PCIe": 2.0e12, "H100": 3.35e12, "A100-SXM4-80GB": 2.04e12, "A100 80GB": 1.94e12,
    "A100": 1.56e12, "L40S": 864e9, "L4": 300e9, "A10": 600e9, "V100": 900e9, "T4": 320e9, "RTX 5090": 1.79e12,
    "RTX 4090": 1.01e12, "RTX 3090": 936e9,
}  # fmt: skip
"""Bytes a second, as NVIDIA states them, by a part of the GPU's name; the first that fits counts."""
_PROBE_BYTES = 64 << 20
"""More than caches hold."""
_PROBE_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    device: Literal["cuda", "cpu"]
    name: str
    memory_bytes: int
    """Of the GPU, or the RAM."""
    free_bytes: int
    """Of those, what a model could have: what the one served now holds is counted in."""
    bandwidth: float | None
    """Bytes read from memory in a second; None where nobody knows."""
    bandwidth_source: Literal["measured", "stated", "unknown"]
    disk_free_bytes: int


def machine(device: Literal["cuda", "cpu"], folder: Path, *, threads: int, held_bytes: int = 0) -> Machine:
    """This machine now. held_bytes: what the model that is served took. The first call on a CPU reads memory for about
    a tenth of a second, with as many threads as the engine has.
    """
    name, whole, free = _gpu() if device == "cuda" else (_cpu_name(), *_ram())
    stated = next((rate for part, rate in _STATED.items() if part in name), None) if device == "cuda" else None
    rate = stated if device == "cuda" else cpu_bandwidth(threads)
    return Machine(
        device=device,
        name=name,
        memory_bytes=whole,
        free_bytes=min(whole, free + held_bytes),
        bandwidth=rate,
        bandwidth_source="unknown" if rate is None else "stated" if device == "cuda" else "measured",
        disk_free_bytes=free_on(folder),
    )


def free_bytes(device: Literal["cuda", "cpu"]) -> int:
    """Memory of the device that is free now."""
    return _gpu()[2] if device == "cuda" else _ram()[1]


@functools.cache
def cpu_bandwidth(threads: int) -> float:
    """Bytes a second that `threads` threads read together, measured once."""
    parts = [np.ones(_PROBE_BYTES // 8, np.float64) for _ in range(threads)]
    best = 0.0
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(_PROBE_ROUNDS):
            began = time.perf_counter()
            list(pool.map(np.sum, parts))
            best = max(best, threads * _PROBE_BYTES / (time.perf_counter() - began))
    return best


def _gpu() -> tuple[str, int, int]:
    """Name, memory, free memory."""
    import torch

    free, whole = torch.cuda.mem_get_info()
    return torch.cuda.get_device_name(), whole, free


def _ram() -> tuple[int, int]:
    """Memory and free memory, of the container where there is one."""
    found = ram()
    return found.total_bytes, found.available_bytes


def _cpu_name() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "CPU")
    return f"{named}, {len(os.sched_getaffinity(0))} cores"
