"""`python -m inference check-kernels`: compiles what changed, judges everything, prints a table."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from inference.errors import InferenceError
from inference.kernels.gate.sass import contains
from inference.kernels.gate.toolchain import cache, environment
from inference.kernels.tuning import KERNELS, source_digest

HEAD = ("kernel", "variant", "function", "warps", "registers", "spilled", "shared KiB", "opcodes", "verdict")
INTERESTING = ("HGMMA", "QGMMA", "HMMA", "UTMALDG", "LDGSTS", "LDG.E.128", "STG.E.128")


def check(wanted: Sequence[str] = ()) -> tuple[list[str], bool]:
    """Judge the kernels named, or all. Returns (lines of a Markdown table, whether everything is within its limits).

    Raises InferenceError when a variant does not compile or the toolchain cannot be had.
    """
    known = {path.stem for path in (KERNELS / "variants").glob("*.py")} - {"__init__"}
    if strange := set(wanted) - known:
        raise InferenceError(
            "bad_setting", f"No kernel {', '.join(sorted(strange))}; known: {', '.join(sorted(known))}."
        )
    results = [result for kernel in sorted(wanted or known) for result in _results(kernel)]
    rows = [_row(result, faults(result)) for result in results]
    return _table([HEAD, *rows]), all(row[-1] == "ok" for row in rows)


def faults(result: dict[str, Any]) -> list[str]:
    """What a compiled function does that its limits forbid."""
    limit, opcodes = result["limit"], Counter(result["opcodes"])
    found = [f"lacks {wanted}" for wanted in limit["opcodes"] if not contains(opcodes, wanted)]
    if result["spilled"] or contains(opcodes, "STL|LDL"):
        found.append("spills")
    if result["registers"] > limit["registers"]:
        found.append(f"registers > {limit['registers']}")
    if result["shared"] > limit["shared_kib"] * 1024:
        found.append(f"shared > {limit['shared_kib']} KiB")
    return found


def _results(kernel: str) -> list[dict[str, Any]]:
    file = cache() / "results" / f"{kernel}-{_digest(kernel)}.jsonl"
    if not file.is_file():
        command = [sys.executable, "-m", "inference.kernels.gate.compiling", kernel]
        outcome = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
        if outcome.returncode:
            raise InferenceError("does_not_compile", f"{kernel} does not compile:\n{outcome.stderr.strip()}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(outcome.stdout, encoding="utf-8")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _digest(kernel: str) -> str:
    """Of everything a result depends on: the kernel, what kernels share, its variants, and this gate."""
    digest = hashlib.sha256(source_digest(kernel).encode())
    here = Path(__file__).parent
    variants = KERNELS / "variants"
    for path in (variants / "__init__.py", variants / f"{kernel}.py", *sorted(here.glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _row(result: dict[str, Any], found: list[str]) -> tuple[str, ...]:
    counted = (
        (name, sum(times for opcode, times in result["opcodes"].items() if opcode.startswith(name)))
        for name in INTERESTING
    )
    return (
        result["kernel"],
        result["variant"],
        result["function"].strip("_"),
        str(result["warps"]),
        str(result["registers"]),
        str(result["spilled"]),
        f"{result['shared'] / 1024:.0f}",
        " ".join(f"{name}×{times}" for name, times in counted if times),
        ", ".join(found) or "ok",
    )


def _table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    kept = list(rows)
    widths = [max(map(len, column)) for column in zip(*kept, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in kept
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return lines
