"""Sampling: the filters against transformers' own, and draws that depend on seed and position alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import torch
from transformers.generation import logits_process as theirs

from inference.request import SamplingParams
from inference.sampling import Row, sample, uniform

VOCAB = 12


def logits_for(seed: int, rows: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, VOCAB, generator=generator) * 2


def row(
    params: SamplingParams, *, seed: int = 1, prompt: tuple[int, ...] = (0,), generated: tuple[int, ...] = ()
) -> Row:
    return Row(params, seed, list(prompt), list(generated))


def shares(params: SamplingParams, logits: torch.Tensor, draws: int = 4000) -> list[float]:
    counts = Counter(sample(logits, [row(params, seed=seed)])[0] for seed in range(draws))
    return [counts[token] / draws for token in range(VOCAB)]


@pytest.mark.parametrize(
    ("params", "processors"),
    [
        ({"temperature": 0.7}, [theirs.TemperatureLogitsWarper(0.7)]),
        ({"top_k": 3}, [theirs.TopKLogitsWarper(3)]),
        ({"top_p": 0.8}, [theirs.TopPLogitsWarper(0.8)]),
        ({"min_p": 0.2}, [theirs.MinPLogitsWarper(0.2)]),
        (
            {"temperature": 1.5, "top_k": 6, "top_p": 0.7, "min_p": 0.1},
            [
                theirs.TemperatureLogitsWarper(1.5),
                theirs.TopKLogitsWarper(6),
                theirs.TopPLogitsWarper(0.7),
                theirs.MinPLogitsWarper(0.1),
            ],
        ),
    ],
)
def test_draws_follow_the_distribution_of_transformers(params: dict[str, Any], processors: list[Any]) -> None:
    logits = logits_for(5)
    wanted = logits.clone()
    for processor in processors:
        wanted = processor(torch.tensor([[0]]), wanted)
    want = wanted.softmax(-1)[0].tolist()

    got = shares(SamplingParams(**params), logits)

    assert all(likely > 0 for drawn, likely in zip(got, want, strict=True) if drawn > 0)
    assert sum(abs(a - b) for a, b in zip(got, want, strict=True)) / 2 < 0.03


def test_penalties_change_the_greedy_choice() -> None:
    logits = torch.tensor([[1.0, 3.0, 2.5] + [-5.0] * (VOCAB - 3)])
    greedy = SamplingParams(temperature=0)

    chosen = [
        sample(logits, [row(replace(greedy, **change), prompt=(1,), generated=(1, 2, 2, 2))])[0]
        for change in (
            {},
            {"presence_penalty": 1.5},
            {"frequency_penalty": 1.0},
            {"repetition_penalty": 4.0},
        )
    ]

    assert chosen == [1, 1, 1, 0]
    assert sample(logits, [row(replace(greedy, frequency_penalty=2.0), generated=(1, 1))]) == [2]


def test_a_draw_depends_on_seed_and_position_alone() -> None:
    params = SamplingParams(temperature=2.0)
    logits = logits_for(1).repeat(3, 1)
    rows = [row(params, seed=seed, generated=(0,) * position) for seed, position in ((1, 0), (2, 5), (3, 9))]

    together = sample(logits, rows)

    assert together == [sample(logits[:1], [each])[0] for each in rows]
    assert together == sample(logits, rows)
    assert len({uniform(seed, position) for seed in range(10) for position in range(10)}) == 100


def test_logits_are_left_as_they_were() -> None:
    logits = logits_for(3)
    before = logits.clone()

    sample(logits, [row(SamplingParams(repetition_penalty=2.0, frequency_penalty=1.0), generated=(1, 2))])

    assert torch.equal(logits, before)
