"""The device runner's steps with every kernel that takes them, against the same steps with twins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from inference.attention.paged import PagedAttention
from inference.cache.pages import PagePool
from inference.config import EngineConfig
from inference.cost import CostModel
from inference.device.cuda import CudaLane
from inference.device.lane import HostLane
from inference.device.runner import DeviceRunner
from inference.engine import Engine
from inference.kernels import dispatch
from inference.loader import read_json
from inference.models.decoder import Decoder
from inference.models.spec import decoder_spec
from inference.request import Hints, SamplingParams
from inference.sequence import Sequence
from tests.inference.kernels.setup import DEVICE

Tiny = Callable[[str], tuple[Path, Any]]

WANTED = {
    "linear_skinny", "qk_norm_rope_write", "paged_attention", "extend_attention", "rms_norm", "sample_rows",
    "verify_draft", "advance_rows",
}  # fmt: skip
SIBLINGS = {*WANTED, "cascade_attention"} - {"sample_rows", "verify_draft"}


@pytest.fixture
def decoder(tiny: Tiny) -> Decoder:
    directory, _ = tiny("qwen3")
    whole = decoder_spec(read_json(directory, "config.json"), place=directory)
    decoder = Decoder(replace(whole, n_layers=1, windows=whole.windows[:1])).requires_grad_(False)
    for parameter in decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return decoder.to(DEVICE)


def _said(decoder: Decoder) -> dict[str, list[int]]:
    """What two requests are answered, one greedy; guesses at the other one are wrong."""
    config = EngineConfig(page_size=16, max_rows=2, max_drafts=2, token_budget=16)
    lane = CudaLane(DEVICE) if DEVICE.type == "cuda" else HostLane()
    runner = DeviceRunner(
        decoder, PagedAttention(), lane, n_pages=6, page_size=16, max_rows=2, max_len=32, token_budget=16, depth=0
    )
    cost = CostModel.of_rates(step_s=1, prefill_per_s=1e9, row_s=0, kv_per_s=1e12, square_per_s=1e15)

    def guess(sequence: Sequence, most: int) -> tuple[int, ...]:
        return (7, 8)[: min(most, 2)] if sequence.request_id == "b" else ()

    engine = Engine(runner, PagePool(6, 16), config, max_model_len=32, eos_ids=frozenset(), guess=guess, cost=cost)
    engine.add("a", [3, 1, 4, 1, 5], SamplingParams(temperature=0, max_tokens=4))
    engine.add("b", [2, 7, 1], SamplingParams(seed=4, top_p=0.9, max_tokens=4))
    said: dict[str, list[int]] = {"a": [], "b": []}
    while engine.has_work:
        for output in engine.step():
            assert output.token is not None
            said[output.request_id].append(output.token)
    return said


def _said_by_siblings(decoder: Decoder) -> dict[str, list[int]]:
    """What two are answered who begin with the same page, and a third beside them."""
    config = EngineConfig(page_size=16, max_rows=3, token_budget=64)
    lane = CudaLane(DEVICE) if DEVICE.type == "cuda" else HostLane()
    runner = DeviceRunner(
        decoder, PagedAttention(), lane, n_pages=9, page_size=16, max_rows=3, max_len=48, token_budget=64, depth=0
    )
    engine = Engine(runner, PagePool(9, 16), config, max_model_len=48, eos_ids=frozenset())
    siblings = SamplingParams(temperature=0, max_tokens=3, hints=Hints(run_id="r", gang="map"))
    engine.add("a", [*range(16), 5], siblings)
    engine.add("b", [*range(16), 9, 2], siblings)
    engine.add("c", [3, 1], SamplingParams(temperature=0, max_tokens=3))
    said: dict[str, list[int]] = {"a": [], "b": [], "c": []}
    while engine.has_work:
        for output in engine.step():
            assert output.token is not None
            said[output.request_id].append(output.token)
    return said


@pytest.mark.parametrize(("said", "wanted"), [(_said, WANTED), (_said_by_siblings, SIBLINGS)])
def test_steps_with_kernels_are_the_steps_without(
    decoder: Decoder,
    monkeypatch: pytest.MonkeyPatch,
    said: Callable[[Decoder], dict[str, list[int]]],
    wanted: set[str],
) -> None:
    """And each operation's kernel takes its arguments as they lie in the rows' state."""
    monkeypatch.setattr("inference.gangs._LEAST_SAVED", 1)
    taken: set[str] = set()
    chosen = dispatch.chosen

    def noted(operation: str, arguments: tuple[Any, ...]) -> Any:
        kernel = chosen(operation, arguments)
        taken.update([operation] if kernel is not None else [])
        return kernel

    monkeypatch.setattr(dispatch, "chosen", noted)
    results = {}
    for policy in ("reference", "all"):
        monkeypatch.setenv(dispatch.VARIABLE, policy)
        dispatch.forget()
        results[policy] = said(decoder)
    monkeypatch.undo()
    dispatch.forget()

    assert results["all"] == results["reference"]
    assert {len(each) for each in results["all"].values()} == {3 if said is _said_by_siblings else 4}
    assert taken == wanted
