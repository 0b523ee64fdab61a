"""Which build of PyTorch: the ordinary one (CUDA on Linux) where there is a GPU, else the CPU build, gigabytes smaller.

Overrides: TORCH=… is a requirement (`torch==2.13.0+cpu`) or a wheel's path; TORCH_INDEX=… the address of an index.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from packages import pip
from paths import REQUIREMENTS, VENV_PYTHON
from shell import say

# Published by the PyTorch project; used only where the configured package index has no CPU build.
CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def overrides() -> tuple[str, str]:
    """What the environment says about the build."""
    return os.environ.get("TORCH", ""), os.environ.get("TORCH_INDEX", "")


def install() -> None:
    wanted, index = overrides()
    wanted = wanted or _pinned()
    if not index and sys.platform == "linux" and "+" not in wanted and not has_gpu() and not _offers_cpu(wanted):
        say("  · No NVIDIA GPU here: PyTorch comes from its project's CPU index (TORCH_INDEX=… names another)")
        index = CPU_INDEX
    pip("PyTorch", wanted, *(["--index-url", index] if index else []))


def has_gpu() -> bool:
    try:
        return subprocess.run(["nvidia-smi", "-L"], capture_output=True, check=False, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _pinned() -> str:
    lines = (REQUIREMENTS / "torch.txt").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line and not line.startswith("#"))


def _offers_cpu(wanted: str) -> bool:
    """Whether the configured index would give a build without CUDA. Reads metadata; downloads no wheel."""
    command = [VENV_PYTHON, "-m", "pip", "install", "--dry-run", "--no-deps", "--ignore-installed", "--quiet"]
    done = subprocess.run([*command, "--report", "-", wanted], capture_output=True, text=True, check=False)
    try:
        metadata = json.loads(done.stdout)["install"][0]["metadata"]
    except (ValueError, LookupError):
        return False
    needs = " ".join(metadata.get("requires_dist", [])).lower()
    return "+cpu" in metadata["version"] or ("nvidia" not in needs and "cuda" not in needs)
