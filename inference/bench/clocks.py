"""A GPU's clocks, temperature and power beside each result: a number taken while it was throttled says little."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable

import torch

_ASKED = {
    "clocks.sm": "sm_mhz",
    "clocks.mem": "memory_mhz",
    "temperature.gpu": "celsius",
    "power.draw": "watts",
}


def clocks_of(device: torch.device) -> Callable[[], dict[str, float]]:
    """What nvidia-smi says of the device at each call, by `sm_mhz`, `memory_mhz`, `celsius` and `watts`; nothing where
    there is no nvidia-smi, and not what the device does not tell."""
    if device.type != "cuda" or shutil.which("nvidia-smi") is None:
        return dict
    name = f"GPU-{torch.cuda.get_device_properties(device).uuid}"
    command = ["nvidia-smi", "-i", name, f"--query-gpu={','.join(_ASKED)}", "--format=csv,noheader,nounits"]

    def asked() -> dict[str, float]:
        try:
            said = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
        except (OSError, subprocess.SubprocessError):
            return {}
        return told(said)

    return asked


def told(said: str) -> dict[str, float]:
    """said: one line of nvidia-smi's numbers, `[N/A]` among them where it has none."""
    found = {}
    for name, value in zip(_ASKED.values(), said.strip().split(","), strict=False):
        try:
            found[name] = float(value)
        except ValueError:
            continue
    return found
