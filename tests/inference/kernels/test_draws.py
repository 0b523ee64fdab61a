"""The sampler's twin by itself: its numbers are Philox's, its draws the distribution's, with and without drafts."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from inference.kernels import reference
from inference.kernels.drawing import DrawRows
from inference.kernels.reference import philox

N = 1000


def asked(n: int, *, top_p: float = 1.0, position: int = 7) -> DrawRows:
    numbers = torch.tensor([[1.0, top_p, 0.0, 1.0, 0.0, 0.0]]).repeat(n, 1)
    integers = torch.tensor([[seed, position, 0, -1] for seed in range(n)])
    return DrawRows(numbers, integers, top_p < 1)


def shares(tokens: Tensor, vocab: int) -> Tensor:
    return torch.bincount(tokens, minlength=vocab) / len(tokens)


def test_the_words_are_those_of_the_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Known answers of Random123's philox4x32, ten rounds, counter and key of zeros."""
    monkeypatch.setattr(philox, "ROUNDS", 10)

    words = [int(word) for word in philox.philox(0, torch.zeros(1, dtype=torch.int64), 0, 0)]

    assert words == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]


def test_noise_of_one_token_is_that_among_all() -> None:
    tokens = torch.tensor([0, 1023, 1024, 4095, 4096, 8191, 9000])

    every = philox.all_noise(-3, 11, philox.TOKENS, 9001, torch.device("cpu"))

    assert torch.equal(philox.noise(-3, 11, philox.TOKENS, tokens), every[tokens])
    assert float(every.max()) < philox.HIGHEST_NOISE
    assert abs(float(every.mean()) - 0.5772) < 0.05


def test_draws_follow_the_distribution() -> None:
    logits = torch.tensor([2.0, 1.0, 0.0, -1.0, 1.5])

    got = shares(reference.sample_rows(logits.repeat(N, 1), asked(N)), 5)

    assert float((got - logits.softmax(0)).abs().sum()) / 2 < 0.04


def test_a_refused_draft_leaves_the_distribution_as_it_is() -> None:
    """Drafts come from a distribution far from the wanted one, which the first tokens of the sequences follow."""
    logits = torch.tensor([1.0, 2.0, 0.0, -1.0, 0.5])
    proposal = torch.tensor([0.5, 0.1, 0.1, 0.2, 0.1])
    drafted = reference.sample_rows(proposal.log().repeat(N, 1), asked(N))
    drafts = torch.stack([drafted, torch.full_like(drafted, -1)], dim=1).flatten()
    rows = asked(2 * N, top_p=0.95)
    rows.integers[:, 0] = torch.arange(N).repeat_interleave(2)
    starts = torch.arange(0, 2 * N + 1, 2, dtype=torch.int32)

    tokens, counts = reference.verify_draft(logits.repeat(2 * N, 1), rows, drafts, starts, proposal.repeat(2 * N, 1))

    first = tokens.view(N, 2)[:, 0]
    wanted = logits.masked_fill(logits < 0, float("-inf")).softmax(0)
    assert float((shares(first, 5) - wanted).abs().sum()) / 2 < 0.04
    assert torch.equal(counts, 1 + (first == drafted).int())
    likely = float(torch.minimum(wanted, proposal).sum())
    assert abs(float((counts == 2).float().mean()) - likely) < 0.04
    assert torch.equal(tokens.view(N, 2)[:, 1] == -1, counts == 1)
