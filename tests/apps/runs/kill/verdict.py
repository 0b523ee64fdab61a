"""Whether a run that was cut off ended as it must: the undisturbed run's state, and the log's and the server's count.

Knows logs and places; knows nothing of processes.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from tests.apps.runs.kill.cases import Case
from tests.apps.runs.kill.world import ports
from workflows import Plan, RunInputs
from workflows.drive import drive
from workflows.events import (
    Event,
    NodeFailed,
    NodeFinished,
    NodeIntent,
    NodeResumed,
    NodeSkipped,
    NodeStep,
    RunPaused,
    decode,
    encode,
    is_terminal,
)
from workflows.forms import submission
from workflows.ports import Code, Signal
from workflows.progress import Progress
from workflows.state import fold
from workflows.testing import MemoryJournal, answer_of

UNKNOWN = "outcome_unknown"
RUN_ID = "reference"
# When something was and how long it took, how often it was tried, and how an error is worded.
LEFT_OUT = {
    "attempt", "elapsed_ms", "error_message", "first_token_ms", "headers", "intent", "message", "resumed_at", "wait",
}  # fmt: skip
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z?")


def place_of(event: NodeIntent | NodeFailed | NodeStep) -> str:
    return f"{event.node_id}/{event.frame}"


def intents(log: list[Event]) -> Counter[str]:
    """How often each place was to have an effect."""
    return Counter(place_of(event) for event in log if isinstance(event, NodeIntent))


def doubts(log: list[Event]) -> set[str]:
    """The places of which a crash left unknown whether something happened."""
    return {
        place_of(event)
        for event in log
        if isinstance(event, (NodeFailed, NodeStep))
        and event.error is not None
        and event.error.code == UNKNOWN
        and event.error.node_id in (None, event.node_id)
    }


def essence(log: list[Event], run_id: str) -> dict[str, Any]:
    """What must be the same however often a run was cut off. A frame that failed was left by its other nodes at any
    moment, and so was a run.
    """
    state = fold(log)
    failed = [path for path, frame in state.frames.items() if frame.status != "finished"]
    frames = {
        path: {"status": frame.status, "output": frame.output, "nodes": None if path in failed else frame.nodes}
        for path, frame in sorted(state.frames.items())
        if not any(path.startswith(f"{around}/") for around in failed)
    }
    # A doubt that ends a run ends it while others are at work, and may be speaking.
    torn = state.status == "failed" and bool(doubts(log))
    whole = {
        "status": state.status,
        "outputs": state.outputs if not torn else None,
        "answer": state.answer if not torn else None,
        "error": state.error.code if state.error is not None else None,
        "usage": state.usage if state.status == "finished" and not failed else None,
        "nodes": state.nodes if state.status == "finished" else None,
        "frames": frames if state.status == "finished" else None,
    }
    text = json.dumps(_plain(whole), ensure_ascii=False, sort_keys=True).replace(run_id, "<run>")
    value: dict[str, Any] = json.loads(_TIME.sub("<time>", text))
    return value


def _plain(value: Any) -> Any:
    if hasattr(value, "__struct_fields__"):
        value = {name: getattr(value, name) for name in value.__struct_fields__}
    if isinstance(value, dict):
        if value.get("steps") and "status" in value:
            value = {**value, "steps": sorted(value["steps"], key=lambda step: step.index)}
        if value.get("error") is not None and "inputs" in value and value["error"].code == UNKNOWN:
            value = {**value, "inputs": {}}
        return {key: _plain(item) for key, item in value.items() if key not in LEFT_OUT}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def difference(left: Any, right: Any, path: str = "") -> list[str]:
    """Where two values differ, in words."""
    if isinstance(left, dict) and isinstance(right, dict):
        keys = sorted(left.keys() | right.keys())
        return [line for key in keys for line in difference(left.get(key), right.get(key), f"{path}.{key}")]
    return [] if left == right else [f"{path}: {str(left)[:160]} is not {str(right)[:160]}"]


def check_log(plan: Plan, log: list[Event]) -> None:
    """One end, no gap, deltas that make the answer; every node decided at most once in each frame of its lineage, and
    every wait over at most once.
    """
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    assert [event.seq for event in log if is_terminal(event)] == [len(log)]
    assert answer_of(log) == fold(log).answer
    decided: Counter[tuple[str, str]] = Counter()
    progress = Progress(plan)
    for event in log:
        if isinstance(event, (NodeFinished, NodeFailed, NodeSkipped)):
            decided[progress.frames[event.frame].lineage, event.node_id] += 1
        progress.observe(event)
    assert not [place for place, count in decided.items() if count > 1]
    for keys in (
        Counter(event.key for event in log if isinstance(event, NodeIntent)),
        Counter(event.signal["key"] for event in log if isinstance(event, NodeResumed)),
    ):
        assert not [key for key, count in keys.items() if count > 1]


def signal_for(wait: dict[str, Any]) -> Signal:
    """What comes for a wait: the same to the same node, whoever waits."""
    if wait["type"] == "form":
        return submission(wait["key"], {"note": f"note on {wait['node_id']}"}, "yes")
    return Signal(key=wait["key"], type=wait["type"], data={})


async def reference(case: Case, plan: Plan, code: Code, doubtful: set[str]) -> list[Event]:
    """The run in this process, where it is unknown from the start what became of the effects at `doubtful` places."""
    log: list[Event] = []
    signals: list[Signal] = []
    while not log or signals:
        journal = MemoryJournal()
        given = RunInputs(query=case.query, inputs=case.inputs)
        used = ports(journal, code, doubtful)
        await drive(plan, run_id=RUN_ID, inputs=given, ports=used, history=log, signals=signals)
        log += [decode(encode(event)) for event in journal.events]
        signals = [signal_for(reason) for reason in log[-1].reasons] if isinstance(log[-1], RunPaused) else []
    return log
