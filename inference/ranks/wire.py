"""A plan as bytes: what another rank needs to compute it, and no more. Knows nothing of processes."""

from __future__ import annotations

import pickle
from typing import Any

from inference.cache.pages import PagePool
from inference.cache.table import BlockTable
from inference.request import SamplingParams
from inference.sequence import Chunk, Plan, Sequence

_GREEDY = SamplingParams(temperature=0.0)
_NOBODY = PagePool(1, 1)


def encode(plan: Plan) -> bytes:
    """The tokens to compute, whose pages are whose, and what is copied before; no prompt and no answer beyond that."""
    chunks = [
        (
            chunk.sequence.tokens[chunk.start : chunk.start + chunk.n_tokens],
            chunk.start,
            chunk.samples,
            chunk.drafts,
            chunk.sequence.table.pages,
            chunk.sequence.params.adapter,
            chunk.sequence.params.deterministic,
        )
        for chunk in plan.chunks
    ]
    return pickle.dumps((plan.step, chunks, plan.copies))


def decode(data: bytes) -> Plan:
    """A plan that computes the same. What its rows draw is of no use: they are greedy, whatever was asked for."""
    step, chunks, copies = pickle.loads(data)
    return Plan(tuple(_chunk(*each) for each in chunks), step, copies=copies)


def _chunk(
    tokens: list[int],
    start: int,
    samples: bool,
    drafts: tuple[int, ...],
    pages: list[int],
    adapter: str,
    deterministic: bool,
) -> Chunk:
    table = BlockTable(_NOBODY)
    table.pages = pages
    params: Any = _GREEDY
    if adapter or deterministic:
        params = SamplingParams(temperature=0.0, adapter=adapter, deterministic=deterministic)
    # What lies before `start` is in pages and never looked at.
    known = [0] * start + tokens
    sequence = Sequence(
        request_id="", tokens=known, n_prompt=len(known), params=params, seed=0, stop_ids=frozenset(),
        max_len=len(known), table=table,
    )  # fmt: skip
    return Chunk(sequence, start, len(tokens), samples, drafts=drafts)
