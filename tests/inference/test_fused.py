"""Norm, gate and sum within a decoder's products: the same numbers as piece by piece, by fewer operations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from inference import kernels
from inference.kernels import reference
from inference.layers import fused
from inference.layers.formats import E4m3
from tests.inference.parity.driving import Steps, differs

Tiny = Callable[[str], tuple[Path, Any]]

TOKENS = [(5 * at + 3) % 250 for at in range(21)]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each operation that layers may fuse was called, `linear_skinny` by what surrounded it."""
    seen: Counter[str] = Counter()
    for name in ("rms_norm", "add_rms_norm", "add_rms_norm_fp8", "swiglu", "swiglu_fp8", "quantise_rows"):
        monkeypatch.setattr(kernels, name, _counting(name, getattr(reference, name), seen))

    def skinny(
        x: Tensor, weight: Tensor, bias: Any = None, scale: Any = None, norm: Any = None, eps: float = 0.0,
        gated: bool = False, residual: Any = None,
    ) -> Tensor:  # fmt: skip
        around = {"norm": norm is not None, "gated": gated, "residual": residual is not None}
        seen[" ".join(["product", *(name for name, there in around.items() if there)])] += 1
        return reference.linear_skinny(x, weight, bias, scale, norm, eps, gated, residual)

    monkeypatch.setattr(kernels, "linear_skinny", skinny)
    return seen


def _counting(name: str, operation: Callable[..., Any], seen: Counter[str]) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        seen[name] += 1
        return operation(*arguments)

    return call


def _logits(steps: Steps) -> Tensor:
    return steps.chunks(steps.sequence(TOKENS), 0, 8)


@pytest.mark.parametrize("name", ["llama-tied", "qwen3", "qwen3-moe", "deepseek-v3"])
def test_a_kernel_for_few_tokens_takes_what_surrounds_the_product(
    name: str, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = _logits(Steps(tiny(name)[0]))

    monkeypatch.setattr(fused, "chosen", lambda operation, arguments: reference.linear_skinny)

    assert differs(_logits(Steps(tiny(name)[0])), plain) < 1e-5


def test_few_tokens_need_four_products_a_layer_and_nothing_around(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch, counted: Counter[str]
) -> None:
    steps = Steps(tiny("llama")[0])
    sequence = steps.sequence(TOKENS)
    steps.step((sequence, 0, 21))
    piecewise = dict(counted)
    counted.clear()

    monkeypatch.setattr(fused, "chosen", lambda operation, arguments: reference.linear_skinny)
    steps.step((sequence, 20, 1))

    # three layers; the first norm has nothing to add, and the last one is the head's
    assert piecewise == {"rms_norm": 2, "add_rms_norm": 5, "swiglu": 3, "product": 12}
    assert counted == {"product norm": 3, "product residual": 6, "product norm gated": 3, "rms_norm": 1}


@pytest.mark.parametrize("name", ["qwen3", "llama-tied", "deepseek-v3"])
def test_tokens_are_rounded_on_their_way_out_of_norm_and_gate(
    name: str, tiny: Tiny, monkeypatch: pytest.MonkeyPatch, counted: Counter[str]
) -> None:
    monkeypatch.setattr(E4m3, "rounds", lambda self, x: True)
    steps = Steps(tiny(name)[0], quantization="fp8")
    with monkeypatch.context() as piecewise:
        piecewise.setattr(fused, "_rounding", lambda linear, x, adapters: None)
        wanted = _logits(steps)
    assert not counted["add_rms_norm_fp8"]
    n_rounded = counted["quantise_rows"]
    counted.clear()

    got = _logits(steps)

    assert torch.equal(got, wanted)
    fewer = counted["add_rms_norm_fp8"] + counted["swiglu_fp8"]
    assert fewer > 0
    assert counted["quantise_rows"] == n_rounded - fewer
