"""The process that compiles: `python -m inference.kernels.gate.compiling KERNEL...`, one JSON line for each result.

Runs under Triton 3.6.0 with a driver that names a Hopper target and can launch nothing.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import triton
from triton.backends.compiler import GPUTarget
from triton.runtime.driver import driver

from inference.kernels.gate.sass import read
from inference.kernels.triton.shared.launch import Grid, observed
from inference.kernels.variants import Variant

CUOBJDUMP = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"


class HopperOnPaper:
    """As much of a Triton driver as compiling asks for."""

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, device: int) -> int:
        return 0

    def get_current_target(self) -> GPUTarget:
        return GPUTarget("cuda", 90, 32)


def main(kernels: Sequence[str]) -> int:
    os.nice(10)
    driver.set_active(HopperOnPaper())
    for kernel in kernels:
        variants: tuple[Variant, ...] = importlib.import_module(f"inference.kernels.variants.{kernel}").VARIANTS
        for variant in variants:
            for result in compiled(kernel, variant):
                sys.stdout.write(json.dumps(result) + "\n")
                sys.stdout.flush()
    return 0


def compiled(kernel: str, variant: Variant) -> list[dict[str, Any]]:
    """One result for each function the variant launches."""
    results = []

    def compile_only(function: Any, grid: Grid, arguments: tuple[Any, ...], constants: dict[str, Any]) -> None:
        began = time.perf_counter()
        made = function.warmup(*arguments, grid=grid, **constants)
        registers, spilled, opcodes = read(made.asm["cubin"], CUOBJDUMP)
        name = function.fn.__name__
        limit = variant.limits[name]
        results.append(
            {
                "kernel": kernel,
                "variant": variant.name,
                "function": name,
                "registers": registers,
                "spilled": spilled,
                "shared": made.metadata.shared,
                "warps": made.metadata.num_warps,
                "opcodes": dict(opcodes),
                "limit": {
                    "registers": limit.registers,
                    "shared_kib": limit.shared_kib,
                    "opcodes": limit.opcodes,
                },
                "seconds": round(time.perf_counter() - began, 2),
            }
        )

    with observed(compile_only):
        variant.call()
    return results


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
