"""Weights in oneDNN's layout: the same products as the plain matrix, in a layer and as a model's head."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from inference.layers.blocked import MIN_WEIGHTS, blocked, can_block
from inference.layers.plain import Linear


@pytest.mark.parametrize("n_tokens", [1, 3, 8, 130])
@pytest.mark.parametrize("biased", [True, False])
def test_products_are_those_of_the_matrix(n_tokens: int, biased: bool) -> None:
    torch.manual_seed(n_tokens)
    layer = Linear(256, 384, bias=biased)
    layer.weight = nn.Parameter(torch.randn(384, 256), requires_grad=False)
    if layer.bias is not None:
        layer.bias = nn.Parameter(torch.randn(384), requires_grad=False)
    x = torch.randn(n_tokens, 256)
    want = F.linear(x.double(), layer.weight.double(), None if layer.bias is None else layer.bias.double())

    layer.block()

    assert layer.stored is not None
    assert (layer.weight.device.type, layer.weight.shape) == ("meta", (384, 256))
    with torch.inference_mode():
        torch.testing.assert_close(layer(x).double(), want, rtol=1e-5, atol=1e-4)


def test_what_gains_nothing_stays_as_it_is() -> None:
    small = Linear(8, 8)
    small.weight = nn.Parameter(torch.ones(8, 8), requires_grad=False)

    small.block()

    assert small.stored is None
    assert small.weight.tolist() == [[1.0] * 8] * 8
    assert not can_block(torch.ones(512, 512, dtype=torch.bfloat16))
    assert not can_block(torch.ones(MIN_WEIGHTS - 1, 1))
    assert can_block(torch.ones(512, 512))


def test_a_part_of_a_matrix_can_be_blocked() -> None:
    """A rank's rows of the head are a view into the embedding."""
    words = torch.arange(1024 * 512, dtype=torch.float32).reshape(1024, 512) / 1e5
    x = torch.ones(2, 512)

    made = blocked(words[256:512]).product(x, None)

    torch.testing.assert_close(made, F.linear(x, words[256:512]))
