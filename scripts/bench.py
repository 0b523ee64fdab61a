"""`make bench`: measure, print, and write what was measured into docs/benchmarks.md, between its markers.

`make bench ARGS=engines` does one part. Close other programs first; on a shared machine take ratios and medians
seriously and the rest as an order of magnitude.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.benchmarks import compare, ingestion, knowledge_scale, sandbox, stack  # noqa: E402

PAGE = ROOT / "docs" / "benchmarks.md"


def engines(repeat: int) -> str:
    """Weft's engine beside others; complains about missed bars on standard error."""
    rows = []
    with compare.engines() as running:
        for row in compare.measure(running, repeat):
            rows.append(row)
            taken = ", ".join(f"{name} {ms:.2f} ms" for name, ms in row.run_ms.items())
            print(f"{row.kind} {row.n}: {taken}", flush=True)
    for sentence in compare.missed(rows):
        print(f"missed: {sentence}", file=sys.stderr)
    return f"{compare.run_table(rows)}\n\n{compare.again_table(rows)}\n\n{compare.load_table(rows)}"


def write(part: str, text: str, command: str = "make bench") -> None:
    """Put `text` between the markers of `part`, and say which command made it."""
    begin, end = f"<!-- bench:{part} -->", f"<!-- /bench:{part} -->"
    page = PAGE.read_text()
    head, found, rest = page.partition(begin)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        sys.exit(f"{PAGE} has no markers {begin} … {end}")
    day, python = time.strftime("%Y-%m-%d"), platform.python_version()
    made = (
        f"Made by `{command}` on {day}: {platform.machine()}, Python {python}, load average {os.getloadavg()[0]:.1f}."
    )
    PAGE.write_text(f"{head}{begin}\n{made}\n\n{text}\n{end}{tail}")


def main() -> int:
    parts: dict[str, Callable[[argparse.Namespace], str]] = {
        "engines": lambda args: engines(args.repeat),
        "sandbox": lambda args: sandbox.table(),
        "stack": lambda args: f"```text\n{stack.report()}```",
    }
    # a quarter of an hour: only when it is asked for
    slow: dict[str, Callable[[argparse.Namespace], str]] = {
        "knowledge": lambda args: knowledge_scale.table(),
        "ingestion": lambda args: ingestion.table(),
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "parts",
        nargs="*",
        choices=[*parts, *slow, []],
        default=[],
        help="what to measure; all but knowledge and ingestion by default",
    )
    parser.add_argument("--repeat", type=int, default=compare.REPEAT, help="samples of each engine and workload")
    args = parser.parse_args()
    for part in args.parts or parts:
        text = (parts | slow)[part](args)
        print(f"\n{text}\n")
        write(part, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
