"""Chooses the next token from logits: penalties, temperature, top-k, top-p, min-p, then a draw.

Plain torch, one row at a time. A draw depends on (seed, position) alone, so a request's tokens are the same whatever
else is in the batch, and after being set back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from inference.request import SamplingParams


@dataclass(frozen=True, slots=True)
class Row:
    """What one row of logits needs to become a token."""

    params: SamplingParams
    seed: int
    prompt: list[int]
    generated: list[int]


def sample(logits: Tensor, rows: list[Row]) -> list[int]:
    """One token for each row. logits: (n_rows, vocab) fp32, not changed."""
    if all(_is_plain_greedy(row.params) for row in rows):
        # The one copy to the host a step needs: the tokens themselves.
        return [int(token) for token in logits.argmax(-1).tolist()]
    return [_sample_row(logits[at], row) for at, row in enumerate(rows)]


def uniform(seed: int, position: int) -> float:
    """A number in [0, 1) fixed by its two arguments."""
    bits = np.random.Philox(key=seed, counter=position)
    return float(np.random.Generator(bits).random())


def _sample_row(logits: Tensor, row: Row) -> int:
    params = row.params
    scores = _penalised(logits, row)
    if params.temperature == 0:
        return int(scores.argmax())
    probabilities, tokens = _filtered(scores / params.temperature, params)
    total = probabilities.double().cumsum(0)
    drawn = uniform(row.seed, len(row.prompt) + len(row.generated)) * float(total[-1])
    at = min(int(torch.searchsorted(total, drawn, right=True)), len(total) - 1)
    return int(tokens[at]) if tokens is not None else at


def _filtered(scores: Tensor, params: SamplingParams) -> tuple[Tensor, Tensor | None]:
    """Probabilities left after top-k, top-p and min-p, with their tokens; None for the tokens when nothing was
    filtered.
    """
    if params.top_k == 0 and params.top_p >= 1.0 and params.min_p == 0.0:
        return scores.softmax(-1), None
    kept = min(params.top_k or len(scores), len(scores))
    best, tokens = scores.topk(kept)
    probabilities = best.softmax(-1)
    before = probabilities.cumsum(0) - probabilities
    allowed = (before < params.top_p) & (probabilities >= params.min_p * probabilities[0])
    allowed[0] = True
    return probabilities * allowed, tokens


def _penalised(logits: Tensor, row: Row) -> Tensor:
    params = row.params
    scores = logits.clone()
    if params.repetition_penalty != 1.0:
        seen = torch.tensor(sorted({*row.prompt, *row.generated}), device=logits.device)
        met = scores[seen]
        scores[seen] = torch.where(met > 0, met / params.repetition_penalty, met * params.repetition_penalty)
    if (params.presence_penalty or params.frequency_penalty) and row.generated:
        counts = torch.bincount(torch.tensor(row.generated), minlength=len(scores)).to(scores)
        scores -= params.frequency_penalty * counts + params.presence_penalty * (counts > 0)
    return scores


def _is_plain_greedy(params: SamplingParams) -> bool:
    penalised = params.repetition_penalty != 1.0 or params.presence_penalty or params.frequency_penalty
    return params.temperature == 0 and not penalised
