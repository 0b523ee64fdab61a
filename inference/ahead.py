"""How many steps may be under way when another is launched. Knows plans and what they cost; no device."""

from __future__ import annotations

from collections.abc import Callable

from inference.config import DEEPEST, EngineConfig, RunAhead
from inference.cost import CostModel
from inference.sequence import Plan

USUAL = 2
BRIEF_S = 0.001
"""A step shorter than that leaves the host little time to plan the next."""
_LOOK = 32
"""Every so manieth step is waited for, so that drafts are guessed behind it: whether they pay is known by trying."""
_NEWS = 0.1
_IDLE_S = 0.1
"""Between two steps: longer than that the host was not busy with them, it had nothing to do."""


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


class Ahead:
    """The depth of each step, where drafts may be guessed: that needs every token before. So with "auto" a step whose
    drafts will bring more than the time in which the device waits for the host is waited for, and the next guesses
    again; else steps run ahead, as `depth` says.
    """

    def __init__(self, config: EngineConfig, cost: CostModel, clock: Callable[[], float]) -> None:
        self._asked = config.run_ahead
        self._guesses = self._asked == "auto" and config.max_drafts > 0
        self._cost = cost
        self._clock = clock
        self._read_at = clock()
        self._host_s = BRIEF_S
        """What the host takes from a step's outcome to the next launch, lately."""

    def read(self) -> None:
        """The outcome of the oldest step is there."""
        self._read_at = self._clock()

    def launched(self, n_under_way: int) -> None:
        """Another step is, so many now."""
        took = self._clock() - self._read_at
        if n_under_way == 1 and took < _IDLE_S:
            self._host_s += _NEWS * (took - self._host_s)

    def depth(self, plan: Plan) -> int:
        """As the function of that name."""
        decodes = all(chunk.is_decode for chunk in plan.chunks)
        if self._guesses and decodes and (plan.step % _LOOK == 0 or self._pays(plan)):
            return 0
        return depth(self._asked, plan, self._cost)

    def _pays(self, plan: Plan) -> bool:
        """Whether n rows get tokens faster with drafts, (n + right) / (step + host), than ahead, n / step."""
        right = sum(chunk.sequence.trust**n for chunk in plan.chunks for n, _ in enumerate(chunk.drafts, 1))
        return right * self._cost.predict(plan.shape) > len(plan.chunks) * self._host_s
