"""How long a step will take, learnt from the steps before: a linear model fitted as it goes.

seconds = a + b * prefill tokens + c * decoding rows + d * KV tokens read + e * prefill tokens * context

Recursive least squares with forgetting (Haykin, Adaptive Filter Theory, ch. 10), five unknowns. Knows no scheduler.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_FORGET = 0.995
_CHUNKS = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)
_SCALES: NDArray[np.float64] = np.array([1.0, 1e3, 1e2, 1e5, 1e6])
"""Sizes of the five inputs in a usual step, so that all weights are of one order."""
_UNITS: NDArray[np.float64] = 1 / _SCALES


@dataclass(frozen=True, slots=True)
class StepShape:
    """What of a step its time depends on."""

    n_prefill: int
    n_decode: int
    n_kv: int
    """Tokens whose keys and values decoding rows read; what they read together counts once."""
    prefill_context: int
    """Products of tokens with tokens they attend to: of prefill chunks with their context, and of rows that read a
    beginning together with that."""

    def features(self) -> NDArray[np.float64]:
        counts = [1.0, self.n_prefill, self.n_decode, self.n_kv, self.prefill_context]
        return np.array(counts, dtype=np.float64) * _UNITS


class CostModel:
    """`weights` are seconds for the five features, scaled; a guess before the first measurement."""

    def __init__(self, weights: tuple[float, ...] = (0.005, 0.2, 0.01, 0.01, 0.01)) -> None:
        self._weights = np.array(weights)
        self._spread = np.eye(5) * 10.0
        self.n_observed = 0

    @classmethod
    def of_rates(
        cls, *, step_s: float, prefill_per_s: float, row_s: float, kv_per_s: float, square_per_s: float
    ) -> CostModel:
        """A model of known rates: seconds a step and a row, tokens and token products a second."""
        rates = np.array([step_s, 1 / prefill_per_s, row_s, 1 / kv_per_s, 1 / square_per_s])
        return cls(tuple(rates * _SCALES))

    def predict(self, shape: StepShape) -> float:
        """Seconds; never negative."""
        return max(0.0, float(self._weights @ shape.features()))

    def observe(self, shape: StepShape, seconds: float) -> None:
        """Learn from a step that was measured. One that took over ten times what was expected is told of, not learnt:
        something else held the machine."""
        if self.n_observed > 20 and seconds > 10 * self.predict(shape) + 0.001:
            return
        x = shape.features()
        gain = self._spread @ x / (_FORGET + x @ self._spread @ x)
        self._weights = self._weights + gain * (seconds - self._weights @ x)
        self._spread = (self._spread - np.outer(gain, x @ self._spread)) / _FORGET
        # forgetting without news would let the spread grow without end
        np.clip(self._spread, -1e4, 1e4, out=self._spread)
        self.n_observed += 1

    def largest_chunk(self, others: StepShape, context: int, limit_s: float, choices: tuple[int, ...]) -> int:
        """The largest of `choices` (rising) of prefill tokens that, beside `others`, keeps the step under `limit_s`;
        the smallest where none does, so that prefill always goes on."""
        best = choices[0]
        for smaller, size in pairwise((0, *choices)):
            shape = StepShape(
                others.n_prefill + size,
                others.n_decode,
                others.n_kv,
                others.prefill_context + size * (context + size // 2),
            )
            if smaller and self.predict(shape) > limit_s:
                break
            best = size
        return best

    def prefill_budget(self, decoding: StepShape, context: int, limit_s: float, most: int) -> int:
        """Tokens of prompts beside those who decode, at most `most`: so many that nobody waits longer for the next
        token than `limit_s`."""
        if decoding.n_decode == 0 or most <= _CHUNKS[0]:
            return most
        return self.largest_chunk(decoding, context, limit_s, (*(size for size in _CHUNKS if size < most), most))

    def prefill_s(self, n_tokens: int, context: int = 0) -> float:
        """Seconds to prefill a prompt alone, beyond the fixed cost of a step."""
        return max(
            0.0,
            float(self._weights[1:] @ StepShape(n_tokens, 0, 0, n_tokens * (context + n_tokens // 2)).features()[1:]),
        )

    def decode_s(self, n_tokens: int, rows: int) -> float:
        """Seconds to decode `n_tokens` in a batch of `rows`."""
        return n_tokens * self.predict(StepShape(0, rows, 0, 0))
