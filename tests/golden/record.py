"""Runs a golden case and gives what its files hold."""

from __future__ import annotations

import json
from pathlib import Path

from tests.golden.case import RUN
from tests.golden.cases import CASES
from workflows import Control, RunInputs, compile, dump, load, run
from workflows.events import Event, decode, encode
from workflows.state import fold

RUNS = Path(__file__).parent / "runs"


async def record(name: str) -> dict[str, str]:
    """The files of a case, by name."""
    case = CASES[name]
    control = Control()
    definition = load(case.definition)
    inputs = RunInputs(**case.inputs, conversation_id="conversation", user_id="user")
    plan = compile(definition, lambda app, version: load(case.called[app]) if app in case.called else None)
    ports, events = case.ports(control), list[Event]()
    for signals in ([], *case.signals):
        driven = run(plan, inputs, ports, run_id=RUN, control=control, log=list(events), signals=signals)
        events += [event async for event in driven]
        ports.clock.time += case.waits_s
    return {
        "definition.yaml": dump(definition),
        "inputs.json": _json(case.inputs),
        "events.jsonl": "".join(encode(event).decode() + "\n" for event in events),
        "state.json": _json(fold(events).to_dict()),
        **{f"called.{app}.yaml": dump(load(document)) for app, document in case.called.items()},
    }


def recorded(name: str) -> list[Event]:
    """The events kept in the repository."""
    lines = (RUNS / name / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [decode(line) for line in lines]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
