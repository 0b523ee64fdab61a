"""Weft's engine beside others: the same graphs on the same machine, one sample of each engine in turn.

A shared machine is fast one second and slow the next. So the engines take turns within one run, and what counts is
the median and the ratio. Each engine lives in a process of its own, already warm.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.engines.shapes import SIZES
from tests.benchmarks.peers import PEERS, Unavailable, python_of

ROOT = Path(__file__).resolve().parents[2]
REPEAT = 7
RUN_BARS = {"graphon": 15.0}
AGAIN_BARS = {"langgraph": 8.0}
COMPILE_BARS = {"graphon": 10.0}


class Engine:
    """A running engine process."""

    def __init__(self, name: str, python: Path) -> None:
        self.name = name
        command = [str(python), "-m", f"tests.benchmarks.engines.{name}_engine"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def sample(self, kind: str, n: int) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{kind} {n}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended while it ran {kind} {n}")
        return dict(json.loads(line))

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


class Row(NamedTuple):
    """The medians of one workload, by engine, in milliseconds."""

    kind: str
    n: int
    load_ms: dict[str, float]
    compile_ms: dict[str, float]
    run_ms: dict[str, float]
    again_ms: dict[str, float]

    def run_ratio(self, peer: str) -> float:
        return self.run_ms[peer] / self.run_ms["weft"]

    def again_ratio(self, peer: str) -> float:
        return self.again_ms[peer] / self.again_ms["weft"]

    def compile_ratio(self, peer: str) -> float:
        return self.load_ms[peer] / self.compile_ms["weft"]

    def load_ratio(self, peer: str) -> float:
        return self.load_ms[peer] / self.load_ms["weft"]


@contextmanager
def engines() -> Iterator[list[Engine]]:
    """Weft's and those of the others that can be had here; says which cannot, and why."""
    with ExitStack() as stack:
        running = [Engine("weft", Path(sys.executable))]
        for peer in PEERS:
            try:
                running.append(Engine(peer.name, python_of(peer)))
            except Unavailable as error:
                print(f"skipped: {error}", file=sys.stderr)
        for engine in running:
            stack.callback(engine.end)
        yield running


def measure(running: list[Engine], repeat: int = REPEAT) -> Iterator[Row]:
    """One row for each workload. The first sample of each engine only warms it up."""
    for kind, sizes in SIZES.items():
        for n in sizes:
            samples: dict[str, list[dict[str, Any]]] = {engine.name: [] for engine in running}
            for turn in range(repeat + 1):
                # Whoever comes first finds the processor's caches as the last one left them: nobody always does.
                start = turn % len(running)
                for engine in running[start:] + running[:start]:
                    samples[engine.name].append(engine.sample(kind, n))
            yield Row(kind, n, *(_medians(samples, key) for key in ("load_ms", "compile_ms", "run_ms", "again_ms")))


def _medians(samples: dict[str, list[dict[str, Any]]], key: str) -> dict[str, float]:
    return {name: statistics.median(each[key] for each in rows[1:]) for name, rows in samples.items() if key in rows[0]}


def run_table(rows: list[Row]) -> str:
    """How long the first run of a plan takes, as Markdown."""
    return _against("first run", rows, [row.run_ms for row in rows])


def again_table(rows: list[Row]) -> str:
    """How long every further run of a plan takes, as Markdown."""
    return _against("further runs", rows, [row.again_ms for row in rows])


def _against(title: str, rows: list[Row], times: list[dict[str, float]]) -> str:
    peers = [peer.name for peer in PEERS if peer.name in times[0]]
    titles = [title, "Weft", *peers, *(f"faster than {peer}" for peer in peers)]
    cells = [
        [_ms(ms["weft"]), *(_ms(ms[peer]) for peer in peers), *(_times(ms[peer] / ms["weft"]) for peer in peers)]
        for ms in times
    ]
    return _markdown(titles, rows, cells)


def load_table(rows: list[Row]) -> str:
    """How long it takes until a run can start, as Markdown."""
    peers = [peer for peer in _peers(rows) if peer in COMPILE_BARS]
    titles = ["workload", "Weft compiles", "Weft reads and compiles", *(f"{peer} loads" for peer in peers)]
    titles += [title for peer in peers for title in (f"compile faster than {peer}", f"both faster than {peer}")]
    cells = [
        [_ms(row.compile_ms["weft"]), _ms(row.load_ms["weft"]), *(_ms(row.load_ms[peer]) for peer in peers)]
        + [_times(ratio) for peer in peers for ratio in (row.compile_ratio(peer), row.load_ratio(peer))]
        for row in rows
    ]
    return _markdown(titles, rows, cells)


def missed(rows: list[Row]) -> list[str]:
    """The bars that were missed, each in a sentence."""
    found = []
    for row in rows:
        for what, bars, ratio in (
            ("runs", RUN_BARS, row.run_ratio),
            ("runs again", AGAIN_BARS, row.again_ratio),
            ("compiles", COMPILE_BARS, row.compile_ratio),
        ):
            for peer, bar in bars.items():
                if peer in row.run_ms and ratio(peer) < bar:
                    found.append(
                        f"{row.kind} {row.n} {what} {ratio(peer):.1f} times as fast as {peer}; the bar is {bar:g}"
                    )
    return found


def _peers(rows: list[Row]) -> list[str]:
    return [peer.name for peer in PEERS if peer.name in rows[0].run_ms]


def _markdown(titles: list[str], rows: list[Row], cells: list[list[str]]) -> str:
    head = [f"| {' | '.join(titles)} |", f"| --- |{' ---: |' * (len(titles) - 1)}"]
    body = [f"| {row.kind} {row.n} | {' | '.join(each)} |" for row, each in zip(rows, cells, strict=True)]
    return "\n".join([*head, *body])


def _times(ratio: float) -> str:
    return f"{ratio:.0f}×" if ratio >= 10 else f"{ratio:.1f}×"


def _ms(value: float) -> str:
    return f"{value:.2f} ms" if value < 100 else f"{value:,.0f} ms"
