"""The sampler in plain torch: penalties, bias, grammar mask, temperature, top-k, top-p, min-p, a draw, in this order.

A draw takes the highest of (score + Gumbel noise), which falls on each token in proportion to its probability. The
noise is a function of (seed, position, token), see `philox`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from inference.kernels.drawing import DrawRows, Edits, Integer, Number
from inference.kernels.reference import philox

_LIKELY = 1024, 16384
"""So many of the likeliest tokens are put in order before all of a row is."""


def sample_rows(logits: Tensor, rows: DrawRows) -> Tensor:
    """One token for each row: (rows,) int64.

    logits: (rows, vocab), any float dtype, consumed: what they hold afterwards is undefined, so take log probabilities
    before. They are edited in their own dtype and computed with in fp32. Ties with the last token that top-k or top-p
    keeps are kept too; equal highest scores go to the lower token. A row whose mask allows nothing gets token 0.
    """
    edited(logits, rows)
    numbers, integers = rows.numbers.tolist(), rows.integers.tolist()
    drawn = [draw(logits[row], numbers[row], integers[row]) for row in range(len(numbers))]
    return torch.stack(drawn) if drawn else logits.new_empty(0, dtype=torch.int64)


def edited(logits: Tensor, rows: DrawRows) -> None:
    """Apply penalties, biases and masks to the logits in place."""
    if rows.edits is not None:
        _apply(logits, rows.edits, rows.numbers)
    if rows.bitmask is not None:
        masked = (rows.integers[:, Integer.MASK] >= 0).nonzero()[:, 0]
        words = rows.bitmask[rows.integers[masked, Integer.MASK]]
        bits = words[:, :, None] >> torch.arange(32, dtype=torch.int32, device=words.device)
        allowed = (bits & 1).bool().flatten(1)[:, : logits.shape[1]]
        logits[masked] = logits[masked].masked_fill_(~allowed, float("-inf"))


def draw(logits: Tensor, numbers: list[float], integers: list[int]) -> Tensor:
    """The token, 0-dimensional int64, for one row of edited logits, (vocab,)."""
    if numbers[Number.TEMPERATURE] == 0:
        return logits.argmax()
    scores = logits.float() / numbers[Number.TEMPERATURE]
    least = lowest_kept(scores, integers[Integer.TOP_K], numbers[Number.TOP_P], numbers[Number.MIN_P])
    return noisy_argmax(scores, least, integers[Integer.SEED], integers[Integer.POSITION], philox.TOKENS)


def lowest_kept(scores: Tensor, top_k: int, top_p: float, min_p: float) -> float:
    """The lowest score that survives the filters; -inf when none is set. scores: (vocab,) fp32, temperature applied."""
    least = best = float(scores.max()) if min_p > 0 or top_p < 1 else 0.0
    least = best + math.log(min_p) if min_p > 0 else float("-inf")
    if 0 < top_k < len(scores):
        last = float(scores.topk(top_k).values[-1])
        least = max(least, last)
        scores = scores[scores >= last]
    return max(least, _nucleus(scores, best, top_p)) if top_p < 1 else least


def noisy_argmax(scores: Tensor, least: float, seed: int, position: int, stream: int) -> Tensor:
    """The token with the highest score, noise added, among those not below `least`."""
    best = scores.argmax()
    # What lies so far below the best, with its noise, cannot win with the highest noise there is.
    reach = scores[best] + philox.noise(seed, position, stream, best[None])[0] - philox.HIGHEST_NOISE
    tokens = (scores >= reach.clamp(min=least)).nonzero()[:, 0]
    if len(tokens) == 0:
        return best
    if len(tokens) * 4 < len(scores):
        return tokens[(scores[tokens] + philox.noise(seed, position, stream, tokens)).argmax()]
    every = philox.all_noise(seed, position, stream, len(scores), scores.device).add_(scores)
    return every.masked_fill_(scores < least, float("-inf")).argmax()


def _apply(logits: Tensor, edits: Edits, numbers: Tensor) -> None:
    rows = torch.arange(len(numbers), device=logits.device).repeat_interleave(edits.starts.diff())
    tokens = edits.tokens.long()
    _, _, _, repetition, presence, frequency = numbers[rows].unbind(1)
    held = logits[rows, tokens].float()
    repeated = torch.where(held > 0, held / repetition, held * repetition)
    said = edits.seen.clamp(min=0)
    held = torch.where(edits.seen >= 0, repeated, held) - frequency * said - presence * (said > 0)
    logits[rows, tokens] = (held + edits.bias).to(logits.dtype)


def _nucleus(scores: Tensor, best: float, top_p: float) -> float:
    """The lowest score such that the likelier tokens together have less than top_p of the probability."""
    wanted = top_p * float((scores - best).exp().sum(dtype=torch.float64))
    for n in (*_LIKELY, len(scores)):
        likely = scores.topk(min(n, len(scores))).values
        mass = (likely - best).double().exp()
        before = mass.cumsum(0) - mass
        if before[-1] >= wanted:
            break
    return float(likely[max(int((before < wanted).sum()), 1) - 1])
