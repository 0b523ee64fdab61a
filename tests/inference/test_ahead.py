"""How far steps run ahead: by what is in them, and never so that an answer would differ."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from inference.__main__ import main
from inference.ahead import deepest, depth
from inference.cache.pages import PagePool
from inference.cache.table import BlockTable
from inference.config import EngineConfig, RunAhead
from inference.cost import CostModel
from inference.device import choose
from inference.device.choose import settled
from inference.engine import Engine
from inference.request import Grammar, Piece, SamplingParams
from inference.sequence import Chunk, Plan, Sequence
from inference.text import load
from inference.text.load import load_generative
from tests.inference.fake import PAGE_SIZE, FakeRunner, Step, next_token
from tests.inference.late import LateLane

Tiny = Callable[[str], tuple[Path, Any]]


def _chunk(start: int, n_tokens: int, **params: Any) -> Chunk:
    sequence = Sequence(
        request_id="a", tokens=[1, 2, 3, 4, 5], n_prompt=3, params=SamplingParams(**params), seed=0,
        stop_ids=frozenset(), max_len=9, table=BlockTable(PagePool(4, 4), b"key"),
    )  # fmt: skip
    return Chunk(sequence, start, n_tokens, samples=start + n_tokens >= 3)


def _cost(step_s: float) -> CostModel:
    cost = CostModel.of_rates(step_s=step_s, prefill_per_s=1e9, row_s=0, kv_per_s=1e12, square_per_s=1e15)
    cost.n_observed = 1
    return cost


@pytest.mark.parametrize(
    ("chunks", "step_s", "wanted"),
    [
        ([(4, 1, {})], 0.005, 2),
        ([(4, 1, {}), (3, 1, {})], 0.0005, 4),
        ([(4, 1, {}), (0, 2, {})], 0.0005, 1),
        ([(0, 3, {})], 0.005, 1),
        ([(4, 1, {}), (4, 1, {"stop": ("x",)})], 0.0005, 1),
    ],
)
def test_depth_follows_what_is_in_the_step(
    chunks: list[tuple[int, int, dict[str, Any]]], step_s: float, wanted: int
) -> None:
    plan = Plan(tuple(_chunk(start, n_tokens, **params) for start, n_tokens, params in chunks))

    assert depth("auto", plan, _cost(step_s)) == wanted
    assert depth(3, plan, _cost(step_s)) == 3


def test_what_was_never_measured_is_not_brief() -> None:
    cost = _cost(0.0005)
    cost.n_observed = 0

    assert depth("auto", Plan((_chunk(4, 1),)), cost) == 2
    assert [deepest(asked) for asked in ("auto", 0, 3)] == [4, 0, 3]


def test_a_cpu_runs_ahead_only_when_told() -> None:
    asked: list[RunAhead] = ["auto", 0, 2]
    devices = (torch.device("cpu"), torch.device("cuda"))

    got = [[settled(EngineConfig(run_ahead=each), device).run_ahead for each in asked] for device in devices]

    assert got == [[0, 0, 2], ["auto", 0, 2]]


def _said(directory: Path, run_ahead: RunAhead, asked: list[SamplingParams]) -> list[list[Piece]]:
    config = EngineConfig(n_pages=64, max_rows=4, run_ahead=run_ahead, max_drafts=2)

    async def run() -> list[list[Piece]]:
        model, worker = load_generative(
            directory, "tiny", config, device=torch.device("cpu"), dtype="float32", on_step=lambda load, seconds: None
        )
        try:
            return await asyncio.gather(*(one(model, params) for params in asked))
        finally:
            worker.close()

    async def one(model: Any, params: SamplingParams) -> list[Piece]:
        answer = await model.complete("Say it:")
        return [piece async for piece in answer.pieces(params)]

    return asyncio.run(run())


def ended(pieces: list[Piece]) -> tuple[str, str | None]:
    return "".join(piece.text for piece in pieces), pieces[-1].finish_reason


def test_answers_do_not_depend_on_the_depth(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop strings are found in the text, grammars wait for each token; both while other rows run ahead."""
    monkeypatch.setattr(choose, "HostLane", lambda: LateLane(random.Random(3)))
    monkeypatch.setattr(load, "settled", lambda config, device: config)
    directory, _ = tiny("qwen3")
    free = [SamplingParams(max_tokens=30, seed=seed, ignore_eos=True) for seed in range(3)]
    texts = [ended(pieces)[0] for pieces in _said(directory, 0, free)]
    assert all(len(text) > 12 for text in texts)
    asked = [
        *free,
        *(SamplingParams(max_tokens=30, seed=at, ignore_eos=True, stop=(text[6:8],)) for at, text in enumerate(texts)),
        SamplingParams(max_tokens=40, seed=1, grammar=Grammar("regex", "(ab|好){2,4}c")),
        SamplingParams(max_tokens=40, seed=2, grammar=Grammar("lark", 'start: "x" /[0-9]{3}/ "y"'), logprobs=0),
        SamplingParams(max_tokens=40, temperature=0, grammar=Grammar("choice", options=("billing", "bills", "sales"))),
    ]
    depths: list[RunAhead] = [0, 1, 4, "auto"]

    answers = [[ended(pieces) for pieces in _said(directory, each, asked)] for each in depths]

    assert [text for text, _ in answers[0][:3]] == texts
    assert answers[0][3:6] == [(text[: text.index(text[6:8])], "stop") for text in texts]
    assert answers[1:] == [answers[0]] * 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--run-ahead", "5"], "5 is neither auto nor a number from 0 to 4"),
        (["--gpu-memory-utilization", "1.5"], "1.5 is not a number above 0 and at most 1"),
        (["--max-drafts", "4"], "4 is not a number from 0 to 3"),
        (["--kv-cache-bytes", "0"], "0 is not a whole number above 0"),
    ],
)
def test_settings_that_mean_nothing_are_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["serve", *arguments])

    assert refused.value.code == 2
    assert said in capsys.readouterr().err


@dataclass
class Behind(FakeRunner):
    """A device beside a host: steps take 4 ms one after the other, each launch 0.3 ms of the host's time."""

    now: float = 0.0
    free_at: float = 0.0

    def launch(self, plan: Plan) -> Step:
        self.now += 0.0003
        step = super().launch(plan)
        self.free_at = max(self.free_at, self.now) + 0.004
        over, outcome = self.free_at, step.tokens

        def tokens() -> list[list[int]]:
            self.now = max(self.now, over)
            return outcome()

        step.tokens = tokens  # type: ignore[method-assign]
        step.seconds = 0.004
        return step


PROMPTS = ([3, 1, 4], [1, 5, 9, 2], [6])


def _played(max_drafts: int, chance: float) -> tuple[list[list[int]], int, float]:
    """What each of three is answered with `auto`, in how many steps and seconds, where guesses are right so often."""
    runner = Behind(token_budget=64, max_rows=4)
    config = EngineConfig(page_size=PAGE_SIZE, max_rows=4, token_budget=64, run_ahead="auto", max_drafts=max_drafts)

    def guess(sequence: Sequence, most: int) -> tuple[int, ...]:
        tokens = list(sequence.tokens)
        for _ in range(most):
            dice = random.Random(f"{sequence.request_id} {len(tokens)}")
            tokens.append(next_token(tokens) if dice.random() < chance else 99)
        return tuple(tokens[len(sequence.tokens) :])

    engine = Engine(
        runner, PagePool(200, PAGE_SIZE), config, max_model_len=400, eos_ids=frozenset(), clock=lambda: runner.now,
        guess=guess, cost=_cost(0.004),
    )  # fmt: skip
    said: list[list[int]] = [[] for _ in PROMPTS]
    for at, prompt in enumerate(PROMPTS):
        engine.add(str(at), list(prompt), SamplingParams(max_tokens=150, ignore_eos=True))
    while engine.has_work:
        for output in engine.step():
            assert output.token is not None
            said[int(output.request_id)].append(output.token)
    return said, len(runner.plans), runner.now


def test_a_server_that_runs_ahead_waits_where_guesses_are_right() -> None:
    """And gets the same answers sooner; where they are wrong it runs ahead, and looks now and then."""
    played = [_played(0, 0.0), _played(3, 0.8), _played(3, 0.1)]

    want = played[0][0]
    assert [(said == want, n_steps, round(seconds, 3)) for said, n_steps, seconds in played] == [
        (True, 150, 0.600),
        (True, 75, 0.313),
        (True, 144, 0.610),
    ]
