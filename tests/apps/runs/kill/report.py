"""The figures of a kill test, as its reader wants them.

Knows numbers; knows nothing of how they came about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Effects:
    """What became of the effects of the disturbed runs. `unknown_seen` happened, though the run cannot know."""

    expected: int = 0
    seen: int = 0
    known: int = 0
    unknown_seen: int = 0
    unknown_unseen: int = 0
    twice: list[str] = field(default_factory=list)


@dataclass
class Report:
    """`hits` has one number for each run that was hit; times are in seconds."""

    workflows: int
    kinds: Counter[str]
    runs: int
    statuses: Counter[str]
    kills: int
    lapses: int
    hits: Sequence[int]
    recoveries: Sequence[float]
    starts: Sequence[float]
    effects: Effects
    events: int
    took_s: float

    def lines(self) -> list[str]:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.kinds.items()))
        spread = ", ".join(f"{hits}x: {count}" for hits, count in sorted(Counter(self.hits).items()))
        statuses = ", ".join(f"{count} {status}" for status, count in sorted(self.statuses.items()))
        effects = self.effects
        return [
            f"workflows            {self.workflows} ({kinds})",
            f"disturbed runs       {self.runs} ({statuses}), {self.events} events, {self.took_s:.0f} s",
            f"workers killed       {self.kills}; leases that lapsed without a death: {self.lapses}",
            f"runs hit, how often  {spread}",
            f"recoveries           {len(self.recoveries)}",
            f"time to recovery     {_spread(self.recoveries)}",
            f"a new worker's start {_spread(self.starts)}",
            f"effects              {effects.expected} expected, {effects.seen} seen, {effects.known} known to be done,"
            f" {len(effects.twice)} twice",
            f"effects in doubt     {effects.unknown_seen + effects.unknown_unseen}"
            f" ({effects.unknown_seen} had happened, {effects.unknown_unseen} had not)",
        ]


def _spread(times: Sequence[float]) -> str:
    ordered = sorted(times) or [0.0]
    half, most = (ordered[min(len(ordered) - 1, int(part * len(ordered)))] for part in (0.5, 0.95))
    return f"p50 {half:.1f} s, p95 {most:.1f} s, longest {ordered[-1]:.1f} s"
