"""What was measured and checked on which GPU: reads `tuned/<kernel>.json`. Knows no operation.

    {"NVIDIA H200": {"verified_on": {"date": "2026-11-22", "triton": "3.6.0", "source": "5f0c…"},
                     "configs": {"bfloat16 d128 g4": {"block_n": 64, "num_warps": 4}}}}

A GPU's results hold for the source that was tried: `verified_on.source` is the digest of the kernel's file, and once
that file changes the kernel counts as never verified.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KERNELS = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Tuning:
    verified: bool = False
    """Whether the kernel, as it is now, agreed with its twin on that GPU."""
    configs: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Keyword arguments of the kernel by "dtype bucket"; where one is missing the kernel's own defaults hold."""


def tuning(kernel: str, device_name: str) -> Tuning:
    """What is known of kernels/triton/<kernel>.py on that GPU."""
    path = KERNELS / "tuned" / f"{kernel}.json"
    known: dict[str, Any] = json.loads(path.read_text()).get(device_name, {}) if path.is_file() else {}
    verified = known.get("verified_on")
    return Tuning(
        verified=verified is not None and verified["source"] == source_digest(kernel), configs=known.get("configs", {})
    )


def source_digest(kernel: str) -> str:
    """SHA-256 over the kernel's file and what all kernels share, shortened."""
    shared = sorted((KERNELS / "triton" / "shared").glob("*.py"))
    digest = hashlib.sha256()
    for path in (KERNELS / "triton" / f"{kernel}.py", *shared):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
