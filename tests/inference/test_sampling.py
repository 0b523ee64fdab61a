"""Sampling: the order of operations against transformers' own, and draws that depend on seed and position alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import torch
from transformers.generation import logits_process as theirs

from inference.kernels.reference import philox
from inference.kernels.reference import sample as reference
from inference.request import SamplingParams
from inference.sampling import Row, _edits, _packed, sample
from inference.sequence import Scores

VOCAB, N_DRAWS = 12, 20_000
PROMPT, SAID = (0, 3, 5), (5, 5, 7)
EVERYTHING = {"temperature": 1.5, "top_k": 6, "top_p": 0.8, "min_p": 0.1, "repetition_penalty": 1.7}


def logits_for(seed: int, rows: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, VOCAB, generator=generator) * 2


def row(
    params: SamplingParams,
    *,
    seed: int = 1,
    prompt: tuple[int, ...] = (0,),
    generated: tuple[int, ...] = (),
    **more: Any,
) -> Row:
    return Row(params, seed, list(prompt), list(generated), **more)


def drawn(logits: torch.Tensor, rows: list[Row]) -> list[int]:
    return sample(logits.clone(), rows)[0]


@pytest.mark.parametrize(
    ("params", "processors"),
    [
        ({"temperature": 0.7}, [theirs.TemperatureLogitsWarper(0.7)]),
        ({"top_k": 3}, [theirs.TopKLogitsWarper(3)]),
        ({"top_p": 0.8}, [theirs.TopPLogitsWarper(0.8)]),
        ({"min_p": 0.02}, [theirs.MinPLogitsWarper(0.02)]),
        ({"logit_bias": ((2, 3.0), (4, -50.0))}, [theirs.SequenceBiasLogitsProcessor([[[2], 3.0], [[4], -50.0]])]),
        (
            EVERYTHING,
            [
                theirs.RepetitionPenaltyLogitsProcessor(1.7),
                theirs.TemperatureLogitsWarper(1.5),
                theirs.TopKLogitsWarper(6),
                theirs.TopPLogitsWarper(0.8),
                theirs.MinPLogitsWarper(0.1),
            ],
        ),
    ],
)
def test_draws_follow_the_distribution_of_transformers(params: dict[str, Any], processors: list[Any]) -> None:
    """Chi-square over 20,000 draws below its 99.99 % point; the seeds are fixed."""
    logits = logits_for(5)
    wanted = logits.clone()
    for processor in processors:
        wanted = processor(torch.tensor([[*PROMPT, *SAID]]), wanted)
    want = wanted.softmax(-1)[0].tolist()
    rows = [row(SamplingParams(**params), seed=seed, prompt=PROMPT, generated=SAID) for seed in range(150)]

    tokens = all_draws(logits, rows[0], torch.arange(N_DRAWS))

    assert tokens[:150].tolist() == drawn(logits.repeat(150, 1), rows)
    counts = Counter(tokens.tolist())
    assert {token for token in counts if want[token] == 0} == set()
    likely = [token for token in range(VOCAB) if want[token] > 0]
    off = sum((counts[token] - N_DRAWS * want[token]) ** 2 / (N_DRAWS * want[token]) for token in likely)
    freedom = len(likely) - 1
    # Wilson and Hilferty's approximation of the distribution's quantile
    highest = freedom * (1 - 2 / (9 * freedom) + 3.72 * (2 / (9 * freedom)) ** 0.5) ** 3
    assert off < highest


def all_draws(logits: torch.Tensor, like: Row, seeds: torch.Tensor) -> torch.Tensor:
    """What rows like this one draw with these seeds, all at once: (n_seeds,). The sampler itself takes them one by one,
    a millisecond each.
    """
    rows = _packed([like], [_edits(like)], logits.device)
    edited = logits.clone()
    reference.edited(edited, rows)
    scores = edited[0] / like.params.temperature
    least = reference.lowest_kept(scores, like.params.top_k, like.params.top_p, like.params.min_p)
    words = philox.philox(
        seeds[:, None], torch.arange(VOCAB).repeat(len(seeds), 1), len(PROMPT) + len(SAID), philox.TOKENS
    )  # type: ignore[arg-type]
    return (scores.masked_fill(scores < least, float("-inf")) + philox.gumbel(words[0])).argmax(-1)


def test_penalties_change_the_greedy_choice() -> None:
    logits = torch.tensor([[1.0, 3.0, 2.5] + [-5.0] * (VOCAB - 3)])
    greedy = SamplingParams(temperature=0)

    chosen = [
        drawn(logits, [row(replace(greedy, **change), prompt=(1,), generated=(1, 2, 2, 2))])[0]
        for change in (
            {},
            {"presence_penalty": 1.5},
            {"frequency_penalty": 1.0},
            {"repetition_penalty": 4.0},
            {"logit_bias": ((0, 9.0),)},
        )
    ]

    assert chosen == [1, 1, 1, 0, 0]
    assert drawn(logits, [row(replace(greedy, frequency_penalty=2.0), generated=(1, 1))]) == [2]


def test_a_draw_depends_on_seed_and_position_alone() -> None:
    params = SamplingParams(temperature=2.0)
    logits = logits_for(1).repeat(4, 1)
    masked = row(params, seed=9, allowed=(0b1010).to_bytes(4, "little"))
    rows = [row(params, seed=seed, generated=(0,) * at) for seed, at in ((1, 0), (2, 5), (3, 9))] + [masked]

    together = drawn(logits, rows)

    assert together == [drawn(logits[:1], [each])[0] for each in rows]
    assert together == drawn(logits, rows)
    assert together[3] in (1, 3)


def test_stop_tokens_wait_for_the_least_length_unless_nothing_else_is_allowed() -> None:
    logits = torch.tensor([[9.0, 8.0, *[0.0] * (VOCAB - 2)]])
    params = SamplingParams(temperature=0, min_tokens=2)
    stop = frozenset({0})
    only_stop = (1).to_bytes(4, "little")

    assert drawn(logits, [row(params, generated=(4,), stop_ids=stop)]) == [1]
    assert drawn(logits, [row(params, generated=(4, 4), stop_ids=stop)]) == [0]
    assert drawn(logits, [row(params, stop_ids=stop, allowed=only_stop)]) == [0]


def test_scores_are_the_model_s_own_and_only_for_who_asks() -> None:
    logits = torch.tensor([[2.0, 1.0, *[0.0] * (VOCAB - 2)]]).repeat(2, 1)
    want = logits[0].log_softmax(-1).tolist()
    biased = SamplingParams(temperature=0, logit_bias=((5, 50.0),))

    tokens, scores = sample(logits, [row(replace(biased, logprobs=2, logprob_token_ids=(7,))), row(biased)])

    assert tokens == [5, 5]
    assert scores[1] is None
    assert scores[0] == Scores(
        pytest.approx(want[5]),
        ((0, pytest.approx(want[0])), (1, pytest.approx(want[1]))),
        ((7, pytest.approx(want[7])),),
    )
