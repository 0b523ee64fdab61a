"""Drives our engine and transformers over the same tiny model, from the same directory."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from inference.cache.pages import PagePool
from inference.cache.table import BlockTable
from inference.config import EngineConfig
from inference.engine import Engine
from inference.request import Hints, SamplingParams
from inference.runner import TorchRunner
from inference.sequence import Chunk, Plan, Sequence
from inference.text.load import load_engine

PAGE = 16
N_TOKENS = 64
PROMPTS = ([(7 * at + 11) % 250 for at in range(80)], [3, 1, 4, 1, 5, 9, 2, 6] * 3, [200])
TOLERANCE = 1e-4
"""Largest difference of logits over the largest logit, in fp32."""


@dataclass
class Known:
    """What transformers says of one model."""

    directory: Path
    model: Any
    _said: dict[tuple[int, ...], list[int]] = field(default_factory=dict)

    def logits(self, tokens: list[int]) -> Tensor:
        with torch.inference_mode():
            return torch.as_tensor(self.model(torch.tensor([tokens])).logits[0])

    def greedy(self, prompt: list[int]) -> list[int]:
        """The tokens that `generate` adds. Fails when two words are so close that rounding may choose."""
        if tuple(prompt) not in self._said:
            ids = torch.tensor([prompt])
            out = self.model.generate(
                ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=N_TOKENS, eos_token_id=None
            )
            said: list[int] = out[0, len(prompt) :].tolist()
            best = self.logits([*prompt, *said])[len(prompt) - 1 : -1].topk(2, dim=-1)[0]
            assert float((best[:, 0] - best[:, 1]).min()) > TOLERANCE * float(best.max()), "a tie: choose another seed"
            self._said[tuple(prompt)] = said
        return self._said[tuple(prompt)]


class Steps:
    """Our runner, step by step, with no scheduler: what it computes is what a test says."""

    def __init__(self, directory: Path, n_pages: int = 32, **config: Any) -> None:
        settings = EngineConfig(page_size=PAGE, n_pages=n_pages, **config)
        engine = load_engine(directory, settings, device=torch.device("cpu"), dtype="float32")
        assert isinstance(engine._runner, TorchRunner)
        self.runner = engine._runner
        self.pool = PagePool(n_pages, PAGE)

    def sequence(self, tokens: list[int]) -> Sequence:
        """A sequence with no pages yet. All share one key: what one has published, the others find."""
        return Sequence(
            request_id="s", tokens=tokens, n_prompt=len(tokens), params=SamplingParams(), seed=0,
            stop_ids=frozenset(), max_len=512, table=BlockTable(self.pool, b"key"),
        )  # fmt: skip

    def step(self, *parts: tuple[Sequence, int, int]) -> list[Tensor]:
        """Logits of each part's tokens: a sequence, the place of its first token, and how many."""
        for sequence, start, n_tokens in parts:
            sequence.table.grow_to(start + n_tokens)
        plan = Plan(tuple(Chunk(sequence, start, n_tokens, samples=False) for sequence, start, n_tokens in parts))
        return list(self.runner.score(plan).split([n_tokens for _, _, n_tokens in parts]))

    def chunks(self, sequence: Sequence, start: int, size: int) -> Tensor:
        """Logits from `start` to the end, computed `size` tokens at a time."""
        places = range(start, len(sequence.tokens), size)
        parts = [self.step((sequence, at, min(size, len(sequence.tokens) - at)))[0] for at in places]
        return torch.cat(parts)


def differs(got: Tensor, want: Tensor) -> float:
    assert got.shape == want.shape
    return float((got - want).abs().max() / want.abs().max())


def engine_for(directory: Path, **config: Any) -> Engine:
    settings = EngineConfig(**{"page_size": PAGE, "n_pages": 64, **config})
    return load_engine(directory, settings, device=torch.device("cpu"), dtype="float32")


def greedy(engine: Engine, prompts: list[list[int]], max_tokens: int = N_TOKENS, node_key: str = "") -> list[list[int]]:
    params = SamplingParams(temperature=0, max_tokens=max_tokens, ignore_eos=True, hints=Hints(node_key=node_key))
    for at, prompt in enumerate(prompts):
        engine.add(str(at), prompt, params)
    generated: list[list[int]] = [[] for _ in prompts]
    while engine.has_work:
        for output in engine.step():
            assert output.token is not None
            generated[int(output.request_id)].append(output.token)
    return generated
