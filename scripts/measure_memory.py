"""Memory of a running Weft: proportional set size (PSS) of every process, summed per service.

    python scripts/measure_memory.py [DATA_DIR] [--json]

PSS counts a page that n processes share as 1/n to each, so that the sum is what the machine really spends. Linux only.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]


def pss_kib(pid: int) -> int:
    """0 when the process has ended meanwhile."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    try:
        process = psutil.Process(pid)
        return [pid, *(child.pid for child in process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def measure(data_dir: Path) -> dict[str, tuple[int, int]]:
    """Service -> (processes, PSS in KiB), of the `up` that runs on `data_dir`."""
    state = json.loads((data_dir / "run" / "state.json").read_text())
    if not state["supervisor"]:
        sys.exit(f"Weft does not run on {data_dir}. Start it with `make up`, wait until it is idle, and measure again.")
    owners = {pid: name for name, each in state["processes"].items() for pid in family(each["pid"])}
    found: dict[str, list[int]] = defaultdict(list)
    for pid in family(state["supervisor"]["pid"]):
        found[owners.get(pid, "supervisor")].append(pss_kib(pid))
    return {name: (len(sizes), sum(sizes)) for name, sizes in found.items()}


def main(argv: list[str]) -> int:
    folders = [word for word in argv if not word.startswith("-")]
    table = measure(Path(folders[0] if folders else ROOT / "data"))
    if "--json" in argv:
        print(json.dumps({name: {"processes": count, "pss_kib": kib} for name, (count, kib) in table.items()}))
        return 0
    print(f"{'service':<12} {'processes':>9} {'PSS MiB':>9}")
    for name, (count, kib) in sorted(table.items(), key=lambda row: -row[1][1]):
        print(f"{name:<12} {count:>9} {kib / 1024:>9.1f}")
    print(f"{'total':<12} {sum(c for c, _ in table.values()):>9} {sum(k for _, k in table.values()) / 1024:>9.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
