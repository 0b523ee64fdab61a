"""Does a model fit a machine, and how fast would one stream of it be? Estimates from sizes and bandwidth alone.

Decoding one stream reads the active weights once a token, so bandwidth over those bytes is its speed at best (the
roofline of arXiv 2402.16363, §2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inference.hub.facts import Facts
from inference.hub.machine import Machine
from inference.ram import CACHE_SHARE

Quantization = Literal["none", "fp8", "int8"]

LEAST_CONTEXT = 4096
"""Tokens of cache below which a model is no use for chats."""
_OVERHEAD = {"cuda": 3 << 29, "cpu": 1 << 29}
"""Of the process beside weights and cache: the context of the GPU, what a step computes in, tokenizers."""
_PACKED = frozenset({"awq", "gptq"})
_PACKED_BYTES = 0.52
"""Of one number of 4 bits, with its share of a scale and a zero point for each 128."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """`quantised`: it fits when its weights are rounded to `quantization` while they are loaded."""

    verdict: Literal["fits", "quantised", "no"]
    quantization: Quantization
    needed_bytes: int
    """Weights, cache of the least context, and the process."""
    kv_bytes_per_token: int
    kv_tokens: int
    """Tokens that the cache would hold."""
    tokens_per_s: float | None
    """Of one stream at best; None where the bandwidth is not known."""


def fit(facts: Facts, machine: Machine) -> Fit:
    """The best form of the model for this machine; of one that does not fit, the smallest."""
    tried = [_fit(facts, machine, each) for each in _forms(facts, machine)]
    return next((each for each in tried if each.verdict != "no"), tried[-1])


def fit_as(facts: Facts, machine: Machine, quantization: Quantization) -> Fit:
    """As `fit`, for one form."""
    return _fit(facts, machine, quantization)


def _forms(facts: Facts, machine: Machine) -> list[Quantization]:
    if facts.stored in _PACKED:
        return ["none"]
    return ["none", "fp8" if machine.device == "cuda" else "int8"]


def _fit(facts: Facts, machine: Machine, quantization: Quantization) -> Fit:
    matrix, expert, word = _number_bytes(facts, machine.device, quantization)
    outside = (facts.words + facts.head + facts.small) * word
    weights = facts.dense * matrix + facts.experts * expert + outside
    kv_bytes = round(facts.kv_numbers * word)
    needed = weights + kv_bytes * min(LEAST_CONTEXT, facts.context) + _OVERHEAD[machine.device]
    spare = machine.free_bytes - weights - _OVERHEAD[machine.device]
    if machine.device == "cpu":
        spare *= CACHE_SHARE
    # A CPU widens numbers of 4 bits at every step: written once and read again.
    widened = 8.0 if facts.stored in _PACKED and machine.device == "cpu" else 0.0
    read = facts.dense * (matrix + widened) + facts.chosen * expert + (facts.head or facts.words) * word
    fits = needed <= machine.free_bytes
    return Fit(
        verdict="no" if not fits else "fits" if quantization == "none" else "quantised",
        quantization=quantization,
        needed_bytes=round(needed),
        kv_bytes_per_token=kv_bytes,
        kv_tokens=max(0, int(spare // kv_bytes)) if fits else 0,
        tokens_per_s=machine.bandwidth / read if machine.bandwidth else None,
    )


def _number_bytes(facts: Facts, device: str, quantization: Quantization) -> tuple[float, float, float]:
    """In memory: of a number of the layers' matrices, of the experts', and of everything else."""
    whole = 4.0 if device == "cpu" or facts.stored == "fp32" else 2.0
    if facts.stored in _PACKED:
        # Experts of 4 bits are widened.
        return _PACKED_BYTES, whole, whole
    if quantization == "fp8":
        return 1.0, 1.0, whole
    if quantization == "int8":
        # Experts stay whole.
        return 1.0, whole, whole
    return whole, whole, whole
