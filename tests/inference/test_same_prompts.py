"""Requests with one prompt at the same time, such as the n answers to it: its last page is copied, not computed."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from inference.cache.prefix import n_common
from inference.config import EngineConfig
from inference.engine import Engine
from inference.request import SamplingParams
from inference.runner import copy_pages
from inference.text.load import load_engine
from tests.inference.fake import FakeRunner, alone, make

PROMPT = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]
"""Two pages and three tokens."""


def plans(engine: Engine) -> list[tuple[list[tuple[str, int, int]], int]]:
    """Run out: of each step whose tokens were computed, from where and how many; and the copies before."""
    runner = engine._runner
    assert isinstance(runner, FakeRunner)
    while engine.has_work:
        engine.step()
    return [
        ([(chunk.sequence.request_id, chunk.start, chunk.n_tokens) for chunk in plan.chunks], len(plan.copies))
        for plan in runner.plans
    ]


@pytest.mark.parametrize("run_ahead", [0, 2])
def test_the_prompt_is_computed_once(run_ahead: int) -> None:
    engine, pool = make(token_budget=16, run_ahead=run_ahead)
    for name in "abc":
        engine.add(name, PROMPT, SamplingParams(max_tokens=4, ignore_eos=True))

    steps = plans(engine)

    first = {
        name: next((start, n) for chunks, _ in steps for each, start, n in chunks if each == name) for name in "abc"
    }
    assert first == {"a": (0, 11), "b": (10, 1), "c": (10, 1)}
    assert sum(copies for _, copies in steps) == 2
    assert (engine.load.cached_tokens, pool.n_available) == (20, 16)


def test_pages_are_shared_but_for_the_last_of_each() -> None:
    engine, pool = make(token_budget=16)
    for name in "abc":
        engine.add(name, PROMPT, SamplingParams(max_tokens=9, ignore_eos=True))
    engine.step()
    engine.step()

    running = engine._scheduler._running
    assert [len(each.table.pages) for each in running] == [3, 3, 3]
    assert len({page for each in running for page in each.table.pages}) == 2 + 3
    assert pool.n_available == 16 - 5


def test_everybody_gets_its_own_tokens_when_the_first_leaves() -> None:
    """It is set back, aborted or ends while others wait for it: they compute the prompt themselves."""
    for n_steps in range(1, 9):
        engine, pool = make(n_pages=10, max_rows=3, token_budget=5, run_ahead=n_steps % 3)
        got: dict[str, list[int | None]] = {name: [] for name in "abcd"}
        for name in got:
            engine.add(name, PROMPT, SamplingParams(max_tokens=12))
        steps = 0
        while engine.has_work:
            for output in engine.step():
                got[output.request_id].append(output.token)
            steps += 1
            if steps == n_steps:
                engine.abort("a")
            pool.check()
        assert {name: said for name, said in got.items() if name != "a"} == {
            name: alone(PROMPT, 12, 40) for name in "bcd"
        }
        assert pool.n_available == 10


@pytest.mark.parametrize(("family", "kv"), [("qwen3", "auto"), ("qwen3", "fp8"), ("deepseek-v3", "auto")])
@pytest.mark.parametrize("run_ahead", [0, 2])
def test_answers_to_one_prompt_are_those_it_gets_alone(
    tiny: Callable[[str], tuple[Path, Any]], family: str, kv: Any, run_ahead: int
) -> None:
    directory, _ = tiny(family)
    prompt = [(7 * at + 11) % 250 for at in range(77)]
    config = EngineConfig(n_pages=24, run_ahead=run_ahead, kv_cache_dtype=kv, max_drafts=0)

    def answers(*groups: list[int]) -> dict[str, list[int | None]]:
        engine = load_engine(directory, config, device=torch.device("cpu"), dtype="float32")
        got: dict[str, list[int | None]] = {}
        for seeds in groups:
            for seed in seeds:
                engine.add(str(seed), prompt, SamplingParams(seed=seed, max_tokens=6, ignore_eos=True))
                got[str(seed)] = []
            while engine.has_work:
                for output in engine.step():
                    got[output.request_id].append(output.token)
        assert engine.load.kv_usage == 0
        assert engine.load.cached_tokens == (64 if len(groups) > 1 else 76) * 2
        return got

    assert answers([1, 2, 3]) == answers([1], [2], [3])


@pytest.mark.parametrize("shape", [(2, 2, 5, 3, 4, 8), (2, 5, 4, 8)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float8_e4m3fn])
def test_a_page_is_copied_in_every_layer(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    cache = torch.randn(shape).to(dtype)
    at = len(shape) // 2 - 1
    want = cache.float()
    want.select(at, 4).copy_(want.select(at, 1).clone())
    want.select(at, 2).copy_(want.select(at, 3).clone())

    copy_pages(cache, ((1, 4), (3, 2)))

    assert torch.equal(cache.float(), want)


def test_what_many_begin_with_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers to one prompt, and prompts that part from it late; not under another salt."""
    hashed: list[bytes] = []

    def counted(text: bytes, **more: Any) -> Any:
        hashed.append(text)
        return blake2b(text, **more)

    monkeypatch.setattr("inference.cache.prefix.blake2b", counted)
    engine, _ = make(n_pages=40, token_budget=40, max_rows=9)
    longer = [*PROMPT, 7, 7, 7, 7, 7]
    asked = {"a": PROMPT, "b": PROMPT, "c": longer, "d": PROMPT, "e": [*PROMPT[:9], 8, 8], "other": [9, *PROMPT]}
    for name, prompt in asked.items():
        engine.add(name, prompt, SamplingParams(max_tokens=1, ignore_eos=True))
    engine.add("salted", PROMPT, SamplingParams(max_tokens=1, ignore_eos=True, salt="s"))
    got: dict[str, list[int | None]] = {}
    while engine.has_work:
        for output in engine.step():
            got.setdefault(output.request_id, []).append(output.token)

    first_pages = [text for text in hashed if text == array("i", PROMPT[:4]).tobytes()]
    assert len(first_pages) == 2
    assert got == {name: alone(prompt, 1, 40) for name, prompt in {**asked, "salted": PROMPT}.items()}


@given(one=st.lists(st.integers(0, 1), max_size=9), other=st.lists(st.integers(0, 1), max_size=9))
def test_what_two_prompts_begin_with_is_counted(one: list[int], other: list[int]) -> None:
    same = n_common(one, other)

    assert one[:same] == other[:same]
    assert one[same : same + 1] != other[same : same + 1] or one == other
