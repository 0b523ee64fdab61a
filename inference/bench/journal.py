"""What was measured: one JSON line a result, written at once, so that a run that is cut off loses nothing."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Measured:
    value: float
    unit: str
    ceiling: str | None = None
    """The result that bounds this one; `reached` is in that one's unit."""
    reached: float | None = None
    detail: dict[str, Any] = field(default_factory=dict)


class Journal:
    """`path` is read when it is there: the last line of a name holds."""

    def __init__(self, path: Path, *, device: str, versions: dict[str, str]) -> None:
        self._path = path
        self.device = device
        self.versions = versions
        self.lines: dict[str, dict[str, Any]] = {}
        if path.is_file():
            for line in map(json.loads, path.read_text().splitlines()):
                if line["device"] == device:
                    self.lines[line["name"]] = line

    def done(self, name: str, stamp: str) -> bool:
        """Whether there is a result made from the same source, or an attempt that took the device down with it."""
        line = self.lines.get(name)
        return line is not None and line["stamp"] == stamp and (line["failed"] is None or line["fatal"])

    def passed(self, name: str, stamp: str) -> bool:
        line = self.lines.get(name)
        return line is not None and line["stamp"] == stamp and line["failed"] is None

    def value(self, name: str) -> float | None:
        line = self.lines.get(name)
        return None if line is None or line["failed"] is not None else float(line["value"])

    def write(self, name: str, stamp: str, measured: Measured, *, clocks: dict[str, float] | None = None) -> None:
        """`clocks`: of the device, right after it was measured."""
        most = self.value(measured.ceiling) if measured.ceiling is not None else None
        fraction = measured.reached / most if most and measured.reached is not None else None
        said = {"value": measured.value, "unit": measured.unit, "fraction": fraction, "of": measured.ceiling}
        more = {"clocks": clocks} if clocks else {}
        self._append({"name": name, **said, "failed": None, "fatal": False, "stamp": stamp, **measured.detail, **more})

    def fail(self, name: str, stamp: str, reason: str, *, fatal: bool) -> None:
        """`fatal`: the device computes nothing more in this process."""
        said = {"value": None, "unit": None, "fraction": None, "of": None}
        self._append({"name": name, **said, "failed": reason, "fatal": fatal, "stamp": stamp})

    def _append(self, line: dict[str, Any]) -> None:
        line = {
            **line,
            "device": self.device,
            "versions": self.versions,
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        self.lines[line["name"]] = line
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")
