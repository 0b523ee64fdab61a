"""Golden runs: the engine writes today what is recorded, and reads what it recorded before."""

from __future__ import annotations

import json

import pytest

from tests.golden.cases import CASES
from tests.golden.record import RUNS, record, recorded
from workflows.state import fold

HOW = "If the change is meant, run `python -m tests.golden.regenerate` and review the difference."


@pytest.mark.parametrize("name", CASES)
async def test_a_golden_run_is_written_as_recorded(name: str) -> None:
    for file, text in (await record(name)).items():
        assert (RUNS / name / file).read_text(encoding="utf-8") == text, HOW


@pytest.mark.parametrize("name", sorted(path.name for path in RUNS.iterdir()))
def test_a_recorded_run_folds_to_its_state(name: str) -> None:
    state = json.loads((RUNS / name / "state.json").read_text(encoding="utf-8"))

    assert fold(recorded(name)).to_dict() == state
