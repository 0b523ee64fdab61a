"""Siblings whose common beginning is read once, by a runner whose device is behind: they say what each says alone."""

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

from inference.attention.paged import PagedAttention
from inference.cache.pages import PagePool
from inference.config import EngineConfig, RunAhead
from inference.device.packing import lined_up
from inference.device.rows import Row
from inference.device.steps import APART, Together
from inference.engine import Engine
from inference.loader import read_json
from inference.models.decoder import Decoder
from inference.models.spec import DecoderSpec, decoder_spec
from inference.models.weights import load_decoder
from inference.policy import Policy
from inference.request import Hints, SamplingParams
from inference.runner import Pending, TorchRunner
from inference.sequence import Group, Plan, Sequence
from inference.text import load
from tests.inference.late import LateLane
from tests.inference.test_device import GREEDY, KINDS, LONGEST, PAGE, answers, late, tokens
from tests.inference.test_gangs import _chunk

Tiny = Callable[[str], tuple[Path, Any]]
Asked = list[tuple[list[int], SamplingParams]]

DOCUMENT = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4]
DEPTHS: tuple[RunAhead, ...] = (0, 1, 4, "auto")
ALONE, TOGETHER = Policy(shared=False), Policy()


@pytest.fixture(scope="module")
def spec(tiny: Tiny) -> DecoderSpec:
    directory, _ = tiny("qwen3")
    return decoder_spec(read_json(directory, "config.json"), place=directory)


@pytest.fixture(scope="module")
def decoder(tiny: Tiny, spec: DecoderSpec) -> Decoder:
    directory, _ = tiny("qwen3")
    return load_decoder(directory, spec, device=torch.device("cpu"), dtype=torch.float32)


@pytest.fixture(autouse=True)
def _however_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiny prompts are worth reading together too."""
    monkeypatch.setattr("inference.gangs._LEAST_SAVED", 1)


def _sibling(tail: list[int], params: SamplingParams, *, gang: str = "map") -> tuple[list[int], SamplingParams]:
    return [*DOCUMENT, *tail], replace(params, hints=Hints(run_id="r", gang=gang))


def _plain(decoder: Decoder, config: EngineConfig, asked: Asked, joins: tuple[int, ...]) -> dict[str, list[Any]]:
    """What each says alone, computed at once."""
    assert config.n_pages is not None
    runner = TorchRunner(decoder, PagedAttention(), n_pages=config.n_pages, page_size=PAGE)
    return answers(runner, replace(config, run_ahead=0, max_drafts=0), asked, policy=ALONE, joins=joins)


people = st.tuples(
    st.lists(st.integers(0, 250), min_size=1, max_size=12), st.sampled_from(KINDS), st.sampled_from(["map", "fan", ""])
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    who=st.lists(people, min_size=2, max_size=6),
    joins=st.lists(st.integers(0, 8), max_size=6),
    aborts=st.frozensets(st.tuples(st.integers(0, 20), st.integers(0, 5)), max_size=3),
    n_pages=st.integers(9, 30),
    rows=st.integers(2, 6),
    budget=st.integers(8, 60),
    run_ahead=st.sampled_from(DEPTHS),
    drafts=st.integers(0, 3),
    records=st.booleans(),
    seed=st.integers(0, 9999),
)
def test_siblings_come_and_go_and_say_what_each_says_alone(
    decoder: Decoder,
    who: list[tuple[list[int], SamplingParams, str]],
    joins: list[int],
    aborts: frozenset[tuple[int, int]],
    n_pages: int,
    rows: int,
    budget: int,
    run_ahead: RunAhead,
    drafts: int,
    records: bool,
    seed: int,
) -> None:
    """With too few pages for all, so that some are set back, beside prompts, drafts and rows the host draws for."""
    config = EngineConfig(
        page_size=PAGE, n_pages=n_pages, max_rows=rows, token_budget=budget, run_ahead=run_ahead, max_drafts=drafts
    )
    asked = [_sibling(tail, params, gang=gang) for tail, params, gang in who]
    at = tuple(joins[: len(asked)])
    aborts = frozenset((step, which) for step, which in aborts if which < len(asked))

    want = _plain(decoder, config, asked, at)
    runner = late(decoder, LateLane(random.Random(seed), records=records), config)
    got = answers(runner, config, asked, aborts, policy=TOGETHER, joins=at)

    assert {name: tokens(said) for name, said in got.items()} == {name: tokens(want[name]) for name in got}
    assert set(want) - set(got) <= {str(which) for _, which in aborts}


@pytest.mark.parametrize("run_ahead", DEPTHS)
def test_each_kind_of_step_reads_what_siblings_share_once(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch, run_ahead: RunAhead
) -> None:
    """Those who decode, beside drafts, beside prompts, and beside one whom the host draws for; and a stranger."""
    config = EngineConfig(page_size=PAGE, n_pages=60, max_rows=8, token_budget=64, run_ahead=run_ahead, max_drafts=3)
    asked = [
        *(_sibling([at, 7, 41 * at], replace(GREEDY, max_tokens=26)) for at in range(3)),
        ([9, 9, 1], replace(GREEDY, max_tokens=30)),
        ([8, 2, 4] * 4, GREEDY),
        _sibling([77], replace(KINDS[4], max_tokens=5)),
    ]
    joins = (0, 0, 0, 0, 6, 20)
    want = _plain(decoder, config, asked, joins)
    whole = {
        tuple(prompt): [*prompt, *(token for token, _, _ in want[str(at)])] for at, (prompt, _) in enumerate(asked)
    }

    def guess(sequence: Sequence, most: int) -> tuple[int, ...]:
        """From some length on right but for the last; one guesses fewer than another."""
        n_known = len(sequence.tokens)
        known = whole[tuple(sequence.tokens[: sequence.n_prompt])][n_known:]
        few = known[: min(most, 1 + (n_known + int(sequence.request_id)) % 3)]
        return (*few[:-1], (few[-1] + 1) % 250) if n_known > 40 and few else ()

    plans: list[Plan] = []
    lane = LateLane(random.Random(4))
    runner = late(decoder, lane, config)
    launch = runner.launch

    def watched(plan: Plan) -> Pending:
        plans.append(plan)
        return launch(plan)

    monkeypatch.setattr(runner, "launch", watched)
    assert answers(runner, config, asked, guess=guess, policy=TOGETHER, joins=joins) == want

    kinds = {key[0] for key in lane.recorded if isinstance(key, tuple) and _together(key) != APART}
    # who runs ahead by a number guesses nothing here, with "auto" it depends on the time that steps take
    assert kinds - ({"verify"} if run_ahead == "auto" else set()) == {"decode", "mixed", *["verify"] * (run_ahead == 0)}
    hosted = [plan for plan in plans if plan.groups and any(each.sequence.needs_its_past for each in plan.chunks)]
    assert max(group.count for plan in hosted for group in plan.groups) >= 2


def _together(key: tuple[Any, ...]) -> Together:
    """Of a recorded step."""
    found = next(each for part in key for each in (part, getattr(part, "together", None)) if isinstance(each, Together))
    assert isinstance(found, Together)
    return found


def test_gangs_that_do_not_change_need_nothing_from_the_host(decoder: Decoder) -> None:
    config = EngineConfig(page_size=PAGE, n_pages=60, max_rows=8, token_budget=400, run_ahead=2)
    lane = LateLane(random.Random(0))
    pool = PagePool(60, PAGE)
    runner = late(decoder, lane, config)
    engine = Engine(runner, pool, config, max_model_len=LONGEST, eos_ids=frozenset(), policy=TOGETHER)
    for at in range(5):
        # what each says fits the page that its prompt ends in
        prompt, params = _sibling([at, 0], replace(GREEDY, max_tokens=6), gang="map" if at < 3 else "fan")
        engine.add(str(at), prompt, params)

    uploads = []
    while engine.has_work:
        engine.step()
        uploads.append(lane.n_uploads)

    # a prompt; it decodes; the others' prompts, whose beginning it had; all five decode; those four whom it left
    assert uploads == [1, 2, 2, 3, 4, 4, 5, 5, 5, 5, 5]
    assert [key[1:3] for key in lane.recorded if isinstance(key, tuple) and key[0] == "decode"] == [
        (1, APART),
        (8, Together(n_rows=8, n_groups=2, most=8)),
        (4, Together(n_rows=4, n_groups=2, most=2)),
    ]


def test_rows_of_a_group_stand_side_by_side() -> None:
    """Padded to sizes that come again. A row with fewer drafts than others computes tokens again, which must not lie in
    what is shared."""
    chunks = [
        _chunk("a", [1]),
        _chunk("b", [1, 2], n_drafts=3),
        _chunk("c", [1, 3], n_drafts=1),
        _chunk("d", [9]),
        *(replace(_chunk(name, [5, 6, page], n_drafts=1), start=129) for name, page in (("e", 7), ("f", 8), ("g", 4))),
    ]
    parts = [(chunk, Row(at, 0, plain=True, greedy=True, filtered=False)) for at, chunk in enumerate(chunks, 1)]
    groups = (Group(1, 2, 64), Group(4, 3, 128))

    line = lined_up(parts, groups, 4, 64, padded=True)

    assert line.of_each(lambda chunk, row: row.number) == [2, 3, 5, 6, 7, 0, 0, 0, 1, 4]
    assert line.together == Together(n_rows=8, n_groups=2, most=8)
    assert line.common == [0, 2, 8, 1, 1, 1, 1, 1, 0, 0, 0]
    assert lined_up(parts, groups, 4, 64, padded=False).together == Together(n_rows=5, n_groups=2, most=3)
    assert lined_up(parts, groups, 1, 64, padded=False).common == [0, 2, 5, 1, 1, 2, 2, 2]


def test_where_no_kernel_reads_together_everybody_reads_alone(
    spec: DecoderSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, torch.device]] = []

    def allowed(operation: str, device: torch.device) -> bool:
        asked.append((operation, device))
        return False

    monkeypatch.setattr(load, "allowed", allowed)
    cpu, gpu = torch.device("cpu"), torch.device("cuda")

    assert [load._reads_together(spec, EngineConfig(run_ahead=depth), cpu) for depth in DEPTHS] == [True] * 4
    assert load._reads_together(spec, EngineConfig(), gpu) is False
    assert asked == [("cascade_attention", gpu)]
    monkeypatch.setattr(load, "allowed", lambda operation, device: True)
    assert load._reads_together(spec, EngineConfig(), gpu) is True
    assert load._reads_together(spec, EngineConfig(tensor_parallel=2), gpu) is False
