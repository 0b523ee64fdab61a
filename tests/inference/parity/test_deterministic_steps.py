"""That attention is told of deterministic requests by either runner, and of no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from inference.attention.base import StepBatch
from inference.attention.paged import PagedAttention
from inference.request import SamplingParams
from tests.inference.parity.driving import PROMPTS, engine_for


@pytest.mark.parametrize("run_ahead", [0, 2])
def test_attention_is_told_of_their_steps_and_of_no_others(
    tiny: Any, monkeypatch: pytest.MonkeyPatch, run_ahead: int
) -> None:
    directory: Path = tiny("llama")[0]
    engine = engine_for(directory, run_ahead=run_ahead)
    attend = PagedAttention.attend
    told: list[bool] = []

    def listen(self: PagedAttention, query: Tensor, *, cache: Tensor, batch: StepBatch, window: int | None) -> Tensor:
        told.append(batch.deterministic)
        return attend(self, query, cache=cache, batch=batch, window=window)

    monkeypatch.setattr(PagedAttention, "attend", listen)
    for name, deterministic in (("a", False), ("b", True), ("c", False)):
        params = SamplingParams(temperature=0, max_tokens=4, ignore_eos=True, deterministic=deterministic)
        engine.add(name, [*PROMPTS[1]], params)
    while engine.has_work:
        engine.step()

    # a step for its prompt and three for its tokens, three layers each
    assert told.count(True) == 4 * 3
    assert told.count(False) >= 4 * 3
