"""64 greedy tokens against transformers' `generate`, whatever shares the batch and whatever happens to a sequence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.inference.parity.driving import N_TOKENS, PROMPTS, Known, engine_for, greedy
from tests.inference.tiny import FAMILIES


@pytest.mark.parametrize("name", FAMILIES)
def test_together_alone_in_small_steps_and_from_kept_pages(known: Callable[[str], Known], name: str) -> None:
    model = known(name)
    prompts = [*PROMPTS]
    want = [model.greedy(prompt) for prompt in prompts]
    engine = engine_for(model.directory, max_drafts=3)

    assert greedy(engine, prompts) == want
    assert engine.load.cached_tokens == 0
    assert greedy(engine, prompts) == want
    assert engine.load.cached_tokens >= 64 + 16
    assert greedy(engine_for(model.directory, token_budget=5), prompts) == want
    assert [greedy(engine_for(model.directory), [prompt])[0] for prompt in prompts[1:]] == want[1:]


@pytest.mark.parametrize("name", FAMILIES)
def test_set_back_and_resumed(known: Callable[[str], Known], name: str) -> None:
    model = known(name)
    prompts = [*PROMPTS]
    engine = engine_for(model.directory, n_pages=11)
    # A node whose answers were short so far is let in beside too many others.
    engine._scheduler._lengths.learn("short", 1)

    assert greedy(engine, prompts, N_TOKENS, "short") == [model.greedy(prompt) for prompt in prompts]
    assert engine.load.n_preempted > 0
    assert engine.load.kv_usage == 0
