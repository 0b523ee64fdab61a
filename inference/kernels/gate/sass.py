"""Reads what a compiled kernel uses and contains, with the `cuobjdump` of the Triton wheel."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

USAGE = re.compile(r"REG:(\d+) STACK:(\d+) SHARED:(\d+) LOCAL:(\d+)")
INSTRUCTION = re.compile(r"^\s+/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\d+\s+)?([A-Z][A-Z0-9_.]*)", re.MULTILINE)


def read(cubin: bytes, cuobjdump: Path) -> tuple[int, int, Counter[str]]:
    """(registers for each thread, bytes spilled for each thread, opcode -> occurrences)."""
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        usage = USAGE.search(_run(cuobjdump, "-res-usage", file.name))
        listing = _run(cuobjdump, "-sass", file.name)
    if usage is None:
        raise ValueError("cuobjdump names no resources")
    registers, stack, _, local = map(int, usage.groups())
    opcodes = Counter(INSTRUCTION.findall(listing))
    return registers, max(stack, local), opcodes


def contains(opcodes: Counter[str], wanted: str) -> bool:
    """wanted: the beginning of an opcode, or several with `|` between."""
    return any(opcode.startswith(start) for start in wanted.split("|") for opcode in opcodes)


def _run(cuobjdump: Path, what: str, file: str) -> str:
    return subprocess.run([cuobjdump, what, file], capture_output=True, text=True, check=True).stdout
