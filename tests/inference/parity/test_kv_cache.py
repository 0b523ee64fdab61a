"""Keys and values in 8 bits: how far logits move, and that nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from inference.cache.prefix import prefix_key
from inference.config import EngineConfig
from inference.errors import ModelLoadError
from inference.kernels import kv_format, reference
from inference.text.load import load_engine
from tests.inference.parity.driving import PROMPTS, Known, Steps, differs, engine_for, greedy

PROMPT = PROMPTS[0]
APART = 0.06
"""Root mean square of the logits' error over that of the logits. Measured: 3.0 % (llama), 5.3 % (mistral), 3.4 %
(qwen2), 4.7 % (qwen3); these models' weights are six times the usual, so real ones differ less."""


def _apart(got: Tensor, want: Tensor) -> float:
    return float((got - want).square().mean().sqrt() / want.square().mean().sqrt())


@pytest.mark.parametrize("name", ["llama", "mistral", "qwen2", "qwen3"])
def test_logits_differ_by_rounding_alone_however_they_are_computed(known: Callable[[str], Known], name: str) -> None:
    model = known(name)
    steps = Steps(model.directory, kv_cache_dtype="fp8")

    whole = steps.chunks(steps.sequence(PROMPT), 0, len(PROMPT))

    assert _apart(whole, model.logits(PROMPT)) < APART
    for size in (7, 1):
        sequence = steps.sequence(PROMPT)
        # A last bit before the rounding may move a number to the neighbouring one.
        assert differs(steps.chunks(sequence, 0, size), whole) < 1e-3
        sequence.table.release()


@pytest.mark.parametrize("run_ahead", [0, 2])
def test_answers_are_the_same_alone_together_and_from_kept_pages(known: Callable[[str], Known], run_ahead: int) -> None:
    directory = known("llama").directory
    prompts = [*PROMPTS]

    def engine() -> Any:
        return engine_for(directory, kv_cache_dtype="fp8", run_ahead=run_ahead)

    alone = [greedy(engine(), [prompt])[0] for prompt in prompts]
    together = engine()

    assert greedy(together, prompts) == alone
    assert greedy(together, prompts) == alone
    assert together.load.cached_tokens >= 64 + 16


def test_memory_holds_more_pages(tiny: Callable[[str], tuple[Path, Any]]) -> None:
    """A page of 64 tokens, of 2 heads with 8 numbers in 3 layers: 24,576 bytes of fp32, 6,912 with scales in 8 bits."""
    directory, _ = tiny("llama")

    def pages(kv_cache_dtype: Any) -> int:
        config = EngineConfig(kv_bytes=100_000, kv_cache_dtype=kv_cache_dtype)
        return load_engine(directory, config, device=torch.device("cpu"), dtype="float32").max_model_len // 64

    assert pages("auto") == 100_000 // 24_576 == 4
    assert pages("fp8") == min(512 // 64, 100_000 // 6_912) == 8


def test_latent_attention_is_refused(tiny: Callable[[str], tuple[Path, Any]]) -> None:
    directory, _ = tiny("deepseek-v2")

    with pytest.raises(ModelLoadError, match="leave it at auto") as refused:
        load_engine(directory, EngineConfig(kv_cache_dtype="fp8"), device=torch.device("cpu"), dtype="float32")

    assert refused.value.code == "kv_cache_unsupported"


def test_pages_are_found_under_their_own_dtype() -> None:
    assert prefix_key(model="m", kv_dtype="fp8") != prefix_key(model="m")


@pytest.mark.parametrize(("page", "head_dim"), [(64, 128), (64, 80), (16, 8), (8, 16), (64, 64), (128, 96)])
def test_a_page_is_as_long_as_it_was(page: int, head_dim: int) -> None:
    torch.manual_seed(0)
    whole = torch.randn(2, 3, 2, page, head_dim)
    cache = kv_format.eight_bits(whole)

    assert kv_format.page_size(cache) == page
    assert cache.shape[3] == kv_format.page_rows(page, head_dim, cache.dtype)
    for side in (0, 1):
        read = kv_format.read(cache[side], torch.arange(3), torch.float32)
        torch.testing.assert_close(read, whole[side], rtol=1 / 16, atol=2.0**-17 * float(whole.abs().max()))


def test_attention_is_that_over_the_rounded_values() -> None:
    torch.manual_seed(0)
    cache = kv_format.eight_bits(torch.randn(2, 4, 2, 16, 8) * 300)
    rounded = torch.stack([kv_format.read(side, torch.arange(4), torch.float32) for side in cache])
    table, lengths = torch.tensor([[2, 3, 1]], dtype=torch.int32), torch.tensor([40], dtype=torch.int32)
    query = torch.randn(1, 2, 4, 8)

    got = reference.paged_attention(query, cache, table, lengths, None)

    assert torch.equal(got, reference.paged_attention(query, rounded, table, lengths, None))
