"""Writes what `kernels.tuning` reads: which kernels were verified on a GPU, and which configurations won there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def note_verified(place: Path, kernel: str, device: str, date: str, triton: str, source: str) -> None:
    """`source`: the digest of what was tried."""

    def change(known: dict[str, Any]) -> None:
        known["verified_on"] = {"date": date, "triton": triton, "source": source}

    _changed(place / f"{kernel}.json", device, change)


def forget_verified(place: Path, kernel: str, device: str) -> None:
    def change(known: dict[str, Any]) -> None:
        known.pop("verified_on", None)

    if (place / f"{kernel}.json").is_file():
        _changed(place / f"{kernel}.json", device, change)


def note_config(place: Path, kernel: str, device: str, bucket: str, config: dict[str, int]) -> None:
    """`bucket` with the dtype in front. Without values the kernel's own defaults hold, and what was there goes."""

    def change(known: dict[str, Any]) -> None:
        configs = known.setdefault("configs", {})
        configs.pop(bucket, None)
        if config:
            configs[bucket] = config

    _changed(place / f"{kernel}.json", device, change)


def _changed(path: Path, device: str, change: Callable[[dict[str, Any]], None]) -> None:
    known: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    change(known.setdefault(device, {}))
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")
    fresh.replace(path)
