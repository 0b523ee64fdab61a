"""`python -m tests.fuzz [SECONDS] [SEED]`: trials without end, in a process whose memory is bounded.

A trial that fails is written down as a file, so that it can be tried again with `python -m workflows check`.
"""

from __future__ import annotations

import resource
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import gettempdir

from tests.fuzz.trial import feed, trials
from tests.fuzz.values import bombs

MEMORY = 2 * 1024**3
SHOWN = 5
"""How many failures of one place are told."""


def main(seconds: float, seed: int) -> int:
    """Try until the time is up; the exit code is 1 when a trial failed."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    counts: Counter[str] = Counter()
    failures = 0
    for name, bomb in bombs().items():
        failures += _try(f"bomb: {name}", bomb, counts, 20)
    end = time.monotonic() + seconds
    for name, trial in trials(Random(seed)):
        if time.monotonic() > end:
            break
        failures += _try(name, trial, counts, 5)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"seed {seed}: {sum(counts.values())} trials, {failures} failed, {peak} MB at most: {dict(counts)}")
    return 1 if failures else 0


def _try(name: str, trial: object, counts: Counter[str], seconds: float) -> int:
    try:
        counts[feed(trial, seconds=seconds)] += 1  # type: ignore[arg-type]
    except Exception as error:
        counts["failed"] += 1
        path = Path(gettempdir()) / f"weft-fuzz-{counts['failed']}.txt"
        path.write_bytes(trial if isinstance(trial, bytes) else repr(trial).encode("utf-8", "backslashreplace"))
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} at {place.filename}:{place.lineno}"
        counts[where] += 1
        if counts[where] <= SHOWN:
            print(f"{name}: {where}: {str(error)[:200]}; see {path}")
        return 1
    return 0


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(main(float(arguments[0]) if arguments else 60, int(arguments[1]) if len(arguments) > 1 else 1))
