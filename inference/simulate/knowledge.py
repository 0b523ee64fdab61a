"""What the platform knows of a run's calls and tells the engine: the hints, right, absent or partly wrong.

Expectations come from the patterns' means, as the platform's come from its history: not from the run at hand.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from inference.request import Hints
from inference.simulate.traffic import Run


@dataclass(frozen=True, slots=True)
class Telling:
    """Which hints are given. `wrong` of all calls get another call's."""

    nodes: bool = True
    """Answers' lengths are learnt by node."""
    critical_path: bool = True
    run_age: bool = True
    gangs: bool = True
    shared: bool = True
    """What siblings of a gang have in common is read once."""
    choices: bool = True
    """A choice is answered by prefilling alone."""
    holds: bool = True
    prefixes: bool = True
    answers: bool = True
    """Nodes' earlier answers are used to guess at the next."""
    wrong: float = 0.0


NOTHING = Telling(
    nodes=False,
    critical_path=False,
    run_age=False,
    gangs=False,
    shared=False,
    choices=False,
    holds=False,
    prefixes=False,
    answers=False,
)


def remaining_s(run: Run, at: int, call_s: float) -> float:
    """What usually follows a call on the longest way to the end, at so many seconds a call."""
    following = [i for i, call in enumerate(run.calls) if at in call.after]
    if not following:
        return 0.0
    return max(call_s + (1.6 if run.pattern == "agent" else 0.0) + remaining_s(run, i, call_s) for i in following)


def hints_of(
    run: Run, run_id: str, at: int, *, age_s: float, call_s: float, tell: Telling, dice: random.Random
) -> Hints:
    """The hints of a run's call number `at`."""
    call = run.calls[at]
    if tell.wrong and dice.random() < tell.wrong:
        return Hints(
            run_id=run_id,
            node_key=f"wrong{dice.randrange(20)}" if tell.nodes or tell.answers else "",
            remaining_ms=dice.uniform(0, 20_000) if tell.critical_path else 0.0,
            run_age_ms=dice.uniform(0, 30_000) if tell.run_age else 0.0,
            gang=dice.choice(["", "map"]) if tell.gangs else "",
            hold_ms=dice.choice([0.0, 2500.0]) if tell.holds else 0.0,
        )
    # the mean number of turns that are left stands for the run's own, which nobody knows yet
    remaining = remaining_s(run, at, call_s) if run.pattern != "agent" else max(0.0, 3.5 - at * 0.5) * (call_s + 1.6)
    return Hints(
        run_id=run_id,
        node_key=call.node if tell.nodes or tell.answers else "",
        remaining_ms=remaining * 1000 if tell.critical_path else 0.0,
        run_age_ms=age_s * 1000 if tell.run_age else 0.0,
        gang=call.gang if tell.gangs else "",
        hold_ms=call.goes_on * 1000 if tell.holds else 0.0,
    )
