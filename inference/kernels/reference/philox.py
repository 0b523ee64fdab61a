"""Random numbers that are a function of what they are for: Philox4x32 (Salmon et al., SC 2011) in plain torch.

`triton.language.philox` computes the same words. The key is a request's seed. The counter is (block of tokens,
position, stream, 0), so a number does not depend on the batch, on drafts, or on a sequence being set back. A call gives
four words; token t has word t % 4096 // 1024 of block t // 4096 * 1024 + t % 1024, which lets a kernel load what the
four words are for in four contiguous pieces.

Seven rounds: the fewest that pass BigCrush (table 2 there).
"""

from __future__ import annotations

import torch
from torch import Tensor

ROUNDS = 7
LANE = 1024
"""Tokens that take the same word of consecutive calls."""
TOKENS, ACCEPTANCE, RESIDUAL = 0, 1, 2
"""Streams: noise of a draw, whether a draft is accepted, noise of the draw that replaces a refused draft."""
HIGHEST_NOISE = 22.9
"""No Gumbel noise made of 32 bits is higher."""

_WORD = 0xFFFFFFFF
_MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
_WEYL = 0x9E3779B9, 0xBB67AE85


def philox(seed: int, blocks: Tensor, position: int, stream: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Four words, int64 from 0 to 2 ** 32 - 1, for each of `blocks`, (n,) int64."""
    a, b, c, d = blocks, torch.full_like(blocks, position & _WORD), torch.full_like(blocks, stream), blocks * 0
    low, high = seed & _WORD, seed >> 32 & _WORD
    for _ in range(ROUNDS):
        # A product fills all 64 bits; shifted as a signed one it keeps the right 32.
        first, second = a * _MULTIPLIERS[0], c * _MULTIPLIERS[1]
        a = (second >> 32).bitwise_and_(_WORD).bitwise_xor_(b).bitwise_xor_(low)
        c = (first >> 32).bitwise_and_(_WORD).bitwise_xor_(d).bitwise_xor_(high)
        b, d = second.bitwise_and_(_WORD), first.bitwise_and_(_WORD)
        low, high = low + _WEYL[0] & _WORD, high + _WEYL[1] & _WORD
    return a, b, c, d


def uniform(words: Tensor) -> Tensor:
    """fp32 strictly between 0 and 1, as exact near 0 as fp32 can be."""
    return words.float().add_(0.5).mul_(2.0**-32).clamp_(max=1 - 2.0**-24)


def gumbel(words: Tensor) -> Tensor:
    """Gumbel noise, fp32: the highest of (log weight + noise) falls on each token in proportion to its weight."""
    # The highest noise comes from the smallest parts of 1, which 1 - part would round away.
    return uniform(words).neg_().log1p_().neg_().log_().neg_()


def noise(seed: int, position: int, stream: int, tokens: Tensor) -> Tensor:
    """Gumbel noise of the given tokens, (n,) int64, when `position` tokens precede."""
    words = torch.stack(philox(seed, tokens // (4 * LANE) * LANE + tokens % LANE, position, stream))
    return gumbel(words.gather(0, (tokens // LANE % 4)[None])[0])


def all_noise(seed: int, position: int, stream: int, vocab: int, device: torch.device) -> Tensor:
    """Gumbel noise of every token, (vocab,): four times as fast as naming them all."""
    groups = -(-vocab // (4 * LANE))
    words = torch.stack(philox(seed, torch.arange(groups * LANE, device=device), position, stream))
    return gumbel(words.view(4, groups, LANE).transpose(0, 1).flatten()[:vocab])
