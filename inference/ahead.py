"""How many steps may be under way when another is launched. Knows plans and what they cost; no device."""

from __future__ import annotations

from inference.config import DEEPEST, RunAhead
from inference.cost import CostModel
from inference.sequence import Plan

USUAL = 2
BRIEF_S = 0.001
"""A step shorter than that leaves the host little time to plan the next."""


def deepest(asked: RunAhead) -> int:
    """The most steps that are ever under way when another is launched."""
    return DEEPEST if asked == "auto" else asked


def depth(asked: RunAhead, plan: Plan, cost: CostModel) -> int:
    """How many may be under way behind which `plan` is launched, itself counted. `asked`, where that is a number.

    What runs ahead of an end nobody foresees is computed in vain: with prompts in the step, whose tokens cost most, and
    where the text decides when to stop, one step. Two otherwise, and four where steps are brief.
    """
    if asked != "auto":
        return asked
    if any(not chunk.is_decode or chunk.sequence.params.stop for chunk in plan.chunks):
        return 1
    return DEEPEST if cost.n_observed and cost.predict(plan.shape) < BRIEF_S else USUAL
