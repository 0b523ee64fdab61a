"""The runner whose device is behind: the same tokens as the plain one, and no memory written too early."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference.ahead import deepest
from inference.attention.paged import PagedAttention
from inference.cache.pages import PagePool
from inference.config import EngineConfig
from inference.device.choose import make_runner
from inference.device.lane import HostLane, Lane
from inference.device.runner import DeviceRunner
from inference.device.staging import StagingPool
from inference.engine import Engine
from inference.loader import read_json
from inference.models.decoder import Decoder
from inference.models.spec import decoder_spec
from inference.models.weights import load_decoder
from inference.policy import Policy
from inference.request import Hints, SamplingParams
from inference.runner import Runner, TorchRunner
from inference.sequence import Sequence
from inference.speculation import Guess
from tests.inference.late import LateLane

Tiny = Callable[[str], tuple[Path, Any]]

PAGE, LONGEST, VOCAB = 8, 64, 272
GREEDY = SamplingParams(temperature=0, max_tokens=9)
KINDS = (
    GREEDY,
    SamplingParams(seed=5, max_tokens=12),
    SamplingParams(seed=2**62 + 7, temperature=0.7, top_p=0.9, top_k=40, max_tokens=7),
    SamplingParams(seed=1, min_p=0.1, max_tokens=10, hints=Hints(service="batch")),
    SamplingParams(temperature=0, repetition_penalty=1.4, presence_penalty=0.5, max_tokens=8),
    SamplingParams(temperature=0, logprobs=2, min_tokens=4, max_tokens=6),
)


@pytest.fixture(scope="module")
def decoder(tiny: Tiny) -> Decoder:
    directory, _ = tiny("qwen3")
    spec = decoder_spec(read_json(directory, "config.json"), place=directory)
    return load_decoder(directory, spec, device=torch.device("cpu"), dtype=torch.float32)


def late(decoder: Decoder, lane: Lane, config: EngineConfig) -> DeviceRunner:
    """No page has anything in it that may be read before it is written."""
    assert config.n_pages is not None
    runner = DeviceRunner(
        decoder, PagedAttention(), lane, n_pages=config.n_pages, page_size=PAGE, max_rows=config.max_rows,
        max_len=LONGEST, token_budget=config.token_budget, depth=deepest(config.run_ahead),
    )  # fmt: skip
    runner._steps._cache.fill_(torch.nan)
    return runner


def answers(
    runner: Runner,
    config: EngineConfig,
    asked: list[tuple[list[int], SamplingParams]],
    aborts: frozenset[tuple[int, int]] = frozenset(),
    guess: Guess | None = None,
    policy: Policy | None = None,
    joins: tuple[int, ...] = (),
) -> dict[str, list[Any]]:
    """What each request got, token by token with its scores; those aborted on the way are left out. joins: before which
    step each comes, the first where nothing is said."""
    assert config.n_pages is not None
    pool = PagePool(config.n_pages, PAGE)
    engine = Engine(runner, pool, config, max_model_len=LONGEST, eos_ids=frozenset({256}), guess=guess, policy=policy)
    due = [*joins, *[0] * (len(asked) - len(joins))]
    got: dict[str, list[Any]] = {str(at): [] for at in range(len(asked))}
    steps = 0
    while engine.has_work or steps <= max(due):
        for at, (prompt, params) in enumerate(asked):
            if due[at] == steps:
                engine.add(str(at), prompt, params)
        for output in engine.step():
            got[output.request_id].append((output.token, output.scores, output.finish_reason))
        for at, which in aborts:
            if at == steps:
                engine.abort(str(which))
        steps += 1
        pool.check()
    assert pool.n_available == config.n_pages
    return {name: said for name, said in got.items() if said and said[-1][-1] is not None}


prompts = st.tuples(
    st.sampled_from([[], [3, 1, 4, 1, 5, 9, 2, 6], [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3]]),
    st.lists(st.integers(0, 250), min_size=1, max_size=20),
).map(lambda parts: parts[0] + parts[1])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.lists(st.tuples(prompts, st.sampled_from(KINDS)), min_size=1, max_size=7),
    n_pages=st.integers(9, 24),
    rows=st.integers(1, 5),
    budget=st.integers(5, 40),
    run_ahead=st.integers(0, 4),
    drafts=st.integers(0, 3),
    aborts=st.frozensets(st.tuples(st.integers(0, 20), st.integers(0, 6)), max_size=3),
    seed=st.integers(0, 9999),
)
def test_a_device_that_is_late_gives_the_same_answers(
    decoder: Decoder,
    asked: list[tuple[list[int], SamplingParams]],
    n_pages: int,
    rows: int,
    budget: int,
    run_ahead: int,
    drafts: int,
    aborts: frozenset[tuple[int, int]],
    seed: int,
) -> None:
    """Whatever the batch, however far steps run ahead; the lane complains of memory that is written too early."""
    plain = EngineConfig(page_size=PAGE, n_pages=n_pages, max_rows=rows, token_budget=budget)
    ahead = replace(plain, run_ahead=run_ahead, max_drafts=drafts)
    aborts = frozenset((at, which) for at, which in aborts if which < len(asked))

    want = answers(TorchRunner(decoder, PagedAttention(), n_pages=n_pages, page_size=PAGE), plain, asked)
    got = answers(late(decoder, LateLane(random.Random(seed)), ahead), ahead, asked, aborts)

    dropped = {str(which) for _, which in aborts}
    assert {name: tokens(said) for name, said in got.items()} == {name: tokens(want[name]) for name in got}
    assert set(want) - set(got) <= dropped
    for name, said in got.items():
        assert [logprob for _, logprob in scored(said)] == pytest.approx(
            [logprob for _, logprob in scored(want[name])], abs=1e-4
        )


def tokens(said: list[Any]) -> list[Any]:
    return [(token, reason, scores is not None) for token, scores, reason in said]


def scored(said: list[Any]) -> list[tuple[int, float]]:
    return [pair for token, scores, _ in said if scores is not None for pair in [(token, scores.logprob), *scores.top]]


def test_a_batch_that_does_not_change_needs_nothing_from_the_host(decoder: Decoder) -> None:
    config = EngineConfig(page_size=64, n_pages=8, max_rows=4, run_ahead=2)
    lane = LateLane(random.Random(0))
    runner = DeviceRunner(
        decoder, PagedAttention(), lane, n_pages=8, page_size=64, max_rows=4, max_len=64, token_budget=64, depth=2
    )
    engine = Engine(runner, PagePool(8, 64), config, max_model_len=64, eos_ids=frozenset())
    for at, name in enumerate("abc"):
        engine.add(name, [at, 2, 3], SamplingParams(temperature=0, max_tokens=40))

    uploads = []
    for _ in range(30):
        engine.step()
        uploads.append(lane.n_uploads)

    # the prompts; which rows decode; then nothing more
    assert uploads == [1, *[2] * 29]


def test_every_common_step_is_played_from_what_was_recorded(decoder: Decoder) -> None:
    """Guesses that are right, wrong and absent in one step; chunks beside who decodes."""
    config = EngineConfig(page_size=PAGE, n_pages=40, max_rows=4, run_ahead=0, token_budget=32)
    asked = [([at, 5, 6, 7, *range(30 * (at == 3))], replace(KINDS[at % 4], max_tokens=12)) for at in range(5)]
    want = answers(TorchRunner(decoder, PagedAttention(), n_pages=40, page_size=PAGE), config, asked)
    whole = {
        tuple(prompt): [*prompt, *(token for token, _, _ in want[str(at)])] for at, (prompt, _) in enumerate(asked)
    }

    def guess(sequence: Sequence, most: int) -> tuple[int, ...]:
        known = whole[tuple(sequence.tokens[: sequence.n_prompt])][len(sequence.tokens) :][:most]
        wrong = len(sequence.tokens) % 3
        return tuple((token + (at == wrong)) % 250 for at, token in enumerate(known))

    kinds: set[Any] = set()
    for run_ahead in (0, 2):
        ahead = replace(config, run_ahead=run_ahead, max_drafts=3)
        lane = LateLane(random.Random(run_ahead))
        assert answers(late(decoder, lane, ahead), ahead, asked, guess=guess) == want
        kinds |= {key[0] for key in lane.recorded if isinstance(key, tuple)}

    assert kinds == {"decode", "verify", "mixed"}


def test_what_is_common_is_recorded_before_the_first_request(decoder: Decoder) -> None:
    config = EngineConfig(page_size=PAGE, n_pages=16, max_rows=9, run_ahead=2, token_budget=100)
    lane, told = LateLane(random.Random(2)), []
    runner = late(decoder, lane, config)

    runner.record(lambda done, of: told.append((done, of)))

    keys: list[Any] = [*lane.recorded]
    sizes = [(kind, size.n_tokens if kind == "mixed" else size) for kind, size, *_ in keys]
    common = [("mixed", 128), ("mixed", 64), *(("decode", rows) for rows in (16, 8, 4, 2, 1))]
    assert sizes == [each for each in common for _ in ("greedy", "drawn")]
    assert told == [(done, 14) for done in range(1, 15)]
    asked = [([at, 5, 6, 7], GREEDY) for at in range(3)]
    plain = replace(config, run_ahead=0)
    assert answers(runner, config, asked) == answers(
        TorchRunner(decoder, PagedAttention(), n_pages=16, page_size=PAGE), plain, asked
    )


def test_a_row_that_ended_says_and_writes_nothing_more(decoder: Decoder) -> None:
    """The device sees the end by itself; steps that were launched before the host knew do nothing for the row."""
    config = EngineConfig(page_size=PAGE, n_pages=8, max_rows=2, run_ahead=4)
    runner = late(decoder, HostLane(), config)
    engine = Engine(runner, PagePool(8, PAGE), config, max_model_len=LONGEST, eos_ids=frozenset())
    engine.add("a", [1, 2, 3], SamplingParams(temperature=0, max_tokens=20))
    said = [output.token for _ in range(5) for output in engine.step()]
    engine.abort_all()
    engine.add("b", [1, 2, 3], SamplingParams(temperature=0, max_tokens=20, stop_token_ids=(said[0] or 0,)))

    engine.step()
    state = runner._state
    pages = runner._steps._cache.clone()
    lengths = state.lengths.tolist()
    for _ in range(3):
        assert engine.step() == []
        assert state.said[0] == -1

    assert state.lengths.tolist() == lengths
    real = slice(1, None)
    assert torch.equal(runner._steps._cache[:, :, real].nan_to_num(), pages[:, :, real].nan_to_num())
    assert [(output.token, output.finish_reason) for output in engine.step()] == [(said[0], "stop")]


def test_a_buffer_is_sent_again_only_when_its_copy_is_done() -> None:
    lane = LateLane(random.Random(1))
    pool, target = StagingPool(lane), torch.zeros(3, dtype=torch.int32)
    seen = []
    for value in range(40):
        pool.send(torch.full((3,), value, dtype=torch.int32), target)
        lane.run(None, lambda: seen.append(target.tolist()))
    lane.mark().wait()

    assert seen == [[value] * 3 for value in range(40)]
    assert 1 < len(pool) < 40


def test_a_step_too_many_is_refused(decoder: Decoder) -> None:
    config = EngineConfig(page_size=PAGE, n_pages=8, max_rows=4, run_ahead=3)
    runner = late(decoder, HostLane(), replace(config, run_ahead=1))
    engine = Engine(runner, PagePool(8, PAGE), config, max_model_len=LONGEST, eos_ids=frozenset())
    engine.add("a", [1, 2, 3], SamplingParams(max_tokens=20))
    plans = [plan for _ in range(3) if (plan := engine._scheduler.plan()) is not None]
    under_way = [runner.launch(plan) for plan in plans[:2]]

    with pytest.raises(RuntimeError, match="step 3 is launched before the outcome of 1 was read"):
        runner.launch(plans[2])

    under_way[0].tokens()
    runner.launch(plans[2])


def test_settings_choose_the_runner(decoder: Decoder) -> None:
    asked = [([1, 2, 3], GREEDY)]
    got = []
    for run_ahead in (0, 2):
        config = EngineConfig(page_size=PAGE, n_pages=16, run_ahead=run_ahead)
        runner = make_runner(decoder, config, device=torch.device("cpu"), n_pages=16, max_len=LONGEST)
        got.append((type(runner), answers(runner, config, asked)))

    assert [kind for kind, _ in got] == [TorchRunner, DeviceRunner]
    assert got[0][1] == got[1][1]


def test_rows_are_taken_from_whoever_rested_longest(decoder: Decoder) -> None:
    """More sequences come and go than the device has rows, some of them with the same beginning."""
    config = EngineConfig(page_size=PAGE, n_pages=24, max_rows=2, run_ahead=2)
    asked = [([at, 5, 6, 7], GREEDY) for at in range(12)]

    want = answers(
        TorchRunner(decoder, PagedAttention(), n_pages=24, page_size=PAGE), replace(config, run_ahead=0), asked
    )
    got = answers(late(decoder, HostLane(), config), config, asked)

    assert got == want
