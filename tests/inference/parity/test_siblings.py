"""Siblings say what each says alone, read together or, with windows and latents, one by one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from inference.engine import Engine
from inference.loader import read_json
from inference.models.spec import decoder_spec
from inference.request import Hints, SamplingParams
from inference.runner import Pending, TorchRunner
from inference.sequence import Group, Plan
from tests.inference.parity.driving import PAGE, PROMPTS, Known, engine_for
from tests.inference.tiny import FAMILIES

TAILS = ([1, 2, 3], [200], [4, 4, 9, 9, 4, 4, 9])


def _say(engine: Engine, gang: str) -> dict[str, list[int]]:
    said: dict[str, list[int]] = {}
    for at, tail in enumerate(TAILS):
        params = SamplingParams(temperature=0, max_tokens=20, ignore_eos=True, hints=Hints(run_id="r", gang=gang))
        engine.add(str(at), [*PROMPTS[0], *tail], params)
    while engine.has_work:
        for output in engine.step():
            assert output.token is not None
            said.setdefault(output.request_id, []).append(output.token)
    return said


@pytest.mark.parametrize("name", FAMILIES)
def test_siblings_say_what_each_says_alone(
    known: Callable[[str], Known], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.gangs._LEAST_SAVED", 1)
    groups: list[Group] = []
    launch = TorchRunner.launch

    def watched(runner: TorchRunner, plan: Plan) -> Pending:
        groups.extend(plan.groups)
        return launch(runner, plan)

    monkeypatch.setattr(TorchRunner, "launch", watched)
    directory = known(name).directory

    alone = _say(engine_for(directory, max_drafts=3), "")
    assert groups == []

    assert _say(engine_for(directory, max_drafts=3), "map") == alone
    spec = decoder_spec(read_json(directory, "config.json"), place=directory)
    together = spec.latent is None and not any(spec.windows)
    assert (Group(0, 3, len(PROMPTS[0]) // PAGE * PAGE) in groups) is together
    assert bool(groups) is together
