"""Packs what requests want of their next tokens into one call of the sampler, and tells log-probabilities.

The order is that of `sample_rows`: penalties, bias, grammar, temperature, top-k, top-p, min-p, then a draw that depends
on (seed, position) alone; so a request's tokens are the same whatever else is in the batch, and after being set back.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

from inference.kernels import sample_rows
from inference.kernels.drawing import DrawRows, Edits
from inference.request import SamplingParams
from inference.sequence import Scores


@dataclass(frozen=True, slots=True)
class Row:
    """What one row of logits needs to become a token."""

    params: SamplingParams
    seed: int
    prompt: list[int]
    generated: list[int]
    stop_ids: frozenset[int] = frozenset()
    """May not be said before `params.min_tokens`, unless the grammar allows nothing else."""
    allowed: bytes | None = None
    """One bit a token, in little-endian int32 words: what the grammar allows; None: everything."""


def sample(logits: Tensor, rows: list[Row]) -> tuple[list[int], list[Scores | None]]:
    """One token for each row, and its scores where the row asks for them.

    logits: (n_rows, vocab), consumed: what they hold afterwards is undefined.
    """
    telling = [at for at, row in enumerate(rows) if _tells(row.params)]
    logprobs = logits[telling].float().log_softmax(-1) if telling else None
    edits = [_edits(row) for row in rows]
    if all(_is_plain_greedy(row) for row in rows) and not any(edits):
        # The one copy to the host a step needs: the tokens themselves.
        tokens = [int(token) for token in logits.argmax(-1).tolist()]
    else:
        tokens = [int(token) for token in sample_rows(logits, _packed(rows, edits, logits.device)).tolist()]
    scores: list[Scores | None] = [None] * len(rows)
    if logprobs is not None:
        for at, held in zip(telling, logprobs, strict=True):
            scores[at] = _scores(held, tokens[at], rows[at].params)
    return tokens, scores


def _packed(rows: list[Row], edits: list[dict[int, tuple[int, float]]], device: torch.device) -> DrawRows:
    masks = [row.allowed for row in rows if row.allowed is not None]
    each = [row.params for row in rows]
    numbers = [
        [p.temperature, p.top_p, p.min_p, p.repetition_penalty, p.presence_penalty, p.frequency_penalty] for p in each
    ]
    at_mask = accumulate(row.allowed is not None for row in rows)
    integers = [
        [row.seed, len(row.prompt) + len(row.generated), row.params.top_k, at - 1 if row.allowed is not None else -1]
        for row, at in zip(rows, at_mask, strict=True)
    ]
    bitmask = None
    if masks:
        bitmask = torch.frombuffer(bytearray(b"".join(masks)), dtype=torch.int32).view(len(masks), -1).to(device)
    return DrawRows(
        numbers=torch.tensor(numbers, dtype=torch.float32, device=device),
        integers=torch.tensor(integers, dtype=torch.int64, device=device),
        filtered=any(p.temperature > 0 and (p.top_k or p.top_p < 1 or p.min_p) for p in each),
        edits=_joined(edits, device) if any(edits) else None,
        bitmask=bitmask,
    )


def _joined(edits: list[dict[int, tuple[int, float]]], device: torch.device) -> Edits:
    starts = [0, *accumulate(map(len, edits))]
    flat = [(token, seen, bias) for each in edits for token, (seen, bias) in each.items()]
    return Edits(
        starts=torch.tensor(starts, dtype=torch.int32, device=device),
        tokens=torch.tensor([token for token, _, _ in flat], dtype=torch.int32, device=device),
        seen=torch.tensor([seen for _, seen, _ in flat], dtype=torch.int32, device=device),
        bias=torch.tensor([bias for _, _, bias in flat], dtype=torch.float32, device=device),
    )


def _edits(row: Row) -> dict[int, tuple[int, float]]:
    """Token -> (how often it was seen, what is added), as `Edits` has it."""
    params = row.params
    found: dict[int, tuple[int, float]] = {}
    if params.repetition_penalty != 1.0:
        found.update(dict.fromkeys(row.prompt, (0, 0.0)))
    if params.repetition_penalty != 1.0 or params.presence_penalty or params.frequency_penalty:
        found.update({token: (count, 0.0) for token, count in Counter(row.generated).items()})
    biases = dict(params.logit_bias)
    if len(row.generated) < params.min_tokens and not _must_stop(row):
        biases.update(dict.fromkeys(row.stop_ids, float("-inf")))
    for token, bias in biases.items():
        found[token] = (found.get(token, (-1, 0.0))[0], bias)
    return found


def _must_stop(row: Row) -> bool:
    if row.allowed is None:
        return False
    bits = int.from_bytes(row.allowed, "little")
    for token in row.stop_ids:
        bits &= ~(1 << token)
    return bits == 0


def _scores(logprobs: Tensor, token: int, params: SamplingParams) -> Scores:
    """logprobs: (vocab,)."""
    top = logprobs.topk(min(params.logprobs or 0, len(logprobs)))
    asked = logprobs[list(params.logprob_token_ids)].tolist()
    return Scores(
        float(logprobs[token]),
        tuple(zip(top.indices.tolist(), top.values.tolist(), strict=True)),
        tuple(zip(params.logprob_token_ids, asked, strict=True)),
    )


def _tells(params: SamplingParams) -> bool:
    return params.logprobs is not None or bool(params.logprob_token_ids)


def _is_plain_greedy(row: Row) -> bool:
    return row.params.temperature == 0 and row.allowed is None
