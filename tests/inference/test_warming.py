"""Prefixes under way: what was given up is not computed, and what is kept is found by who asked for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from inference.config import EngineConfig
from inference.engine import Engine
from inference.request import SamplingParams
from inference.text.load import load_engine
from tests.inference.test_adapters import ALL, save_adapter

Tiny = Callable[[str], tuple[Path, Any]]
PROMPT = [(7 * at + 11) % 250 for at in range(37)]
SETTINGS = EngineConfig(page_size=8, n_pages=64, token_budget=24)


def run_out(engine: Engine) -> None:
    while engine.has_work:
        engine.step()


def test_a_prefix_given_up_while_it_is_computed_is_not_pinned(tiny: Tiny) -> None:
    engine = load_engine(tiny("qwen3")[0], SETTINGS, device=torch.device("cpu"), dtype="float32")
    engine.warm("a", PROMPT, ttl_s=100)
    engine.step()

    assert engine.cool("a")

    assert (engine.has_work, engine.pinned, engine.load.kv_usage) == (False, {}, 0.0)
    assert not engine.cool("a")


def test_the_last_prefix_of_a_name_is_the_one_that_is_pinned(tiny: Tiny) -> None:
    engine = load_engine(tiny("qwen3")[0], SETTINGS, device=torch.device("cpu"), dtype="float32")
    engine.warm("a", PROMPT, ttl_s=100)
    engine.step()
    engine.warm("a", PROMPT[:9], ttl_s=100)
    run_out(engine)

    assert (engine.pinned, engine.load.prompt_tokens) == ({"a": 8}, 46)


def test_a_prefix_is_found_under_its_adapter_alone(tiny: Tiny, tmp_path: Path) -> None:
    directory, _ = tiny("qwen3")
    adapters = {"one": save_adapter(tmp_path / "one", directory, ALL, rank=2, alpha=4.0)}
    engine = load_engine(directory, SETTINGS, device=torch.device("cpu"), dtype="float32", adapters=adapters)
    engine.warm("a", PROMPT, adapter="one", ttl_s=100)
    run_out(engine)
    found = []
    for name in ("", "one"):
        before = engine.load.cached_tokens
        engine.add(name or "plain", PROMPT, SamplingParams(max_tokens=1, adapter=name))
        run_out(engine)
        found.append(engine.load.cached_tokens - before)

    assert (engine.pinned, found) == ({"a": 32}, [0, 32])
