"""The command line with runs that wait, are limited, begin elsewhere, or are run again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.builders import document, node, template
from workflows import dump
from workflows.cli import main

ASK = {"form": "Sure?", "fields": [{"name": "why", "required": True}], "actions": [{"id": "yes"}, {"id": "no"}]}
FORM = document(
    node("start", config={"variables": [{"name": "q"}]}), node("ask", "human-input", ASK),
    template("t", "{{ q }} because {{ why }}", q="start.q", why="ask.why"),
    node("end", config={"outputs": [{"name": "text", "selector": ["t", "output"]}]}),
    edges=["start>ask:yes>t>end", "ask:no>end"],
)  # fmt: skip
ANSWER = '[{"node_id": "ask", "action": "yes", "values": {"why": "so"}}]'


def write(tmp_path: Path, definition: dict[str, Any], name: str = "app.yaml") -> str:
    path = tmp_path / name
    path.write_text(dump(definition), encoding="utf-8")
    return str(path)


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(capsys.readouterr().out)
    return value


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main(argv) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("python -m workflows: error: ")
    return captured.err.removeprefix("python -m workflows: error: ").strip()


def log_of(tmp_path: Path, capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main(["run", *argv, "--events"]) == 0
    path = tmp_path / "log.jsonl"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    return str(path)


def test_a_paused_run_says_why_and_goes_on_from_its_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, FORM)

    assert main(["run", file, "--inputs", '{"q": "x"}']) == 0
    paused = told(capsys)
    assert (paused["status"], [reason["node_id"] for reason in paused["reasons"]]) == ("paused", ["ask"])

    log = log_of(tmp_path, capsys, file, "--inputs", '{"q": "x"}')
    assert json.loads(Path(log).read_text().splitlines()[0])["definition"]["weft"] == 1
    assert main(["run", "--resume", log, "--signals", ANSWER]) == 0
    done = told(capsys)
    assert (done["status"], done["outputs"], "reasons" in done) == ("finished", {"text": "x because so"}, False)

    assert main(["run", "--resume", log]) == 0
    assert told(capsys)["status"] == "paused"
    assert main(["run", "--resume", log, "--signals", ANSWER, "--events"]) == 0
    more = capsys.readouterr().out
    assert json.loads(more.splitlines()[0])["type"] == "node_resumed"
    Path(log).write_text(Path(log).read_text() + more)
    assert main(["run", "--resume", log]) == 0
    assert told(capsys)["outputs"] == {"text": "x because so"}


def test_answers_may_be_given_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", write(tmp_path, FORM), "--inputs", '{"q": "x"}', "--signals", ANSWER]) == 0
    assert told(capsys)["outputs"] == {"text": "x because so"}


def test_a_wrong_answer_is_refused_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = log_of(tmp_path, capsys, write(tmp_path, FORM))
    before = Path(log).read_text()

    said = refused(capsys, "run", "--resume", log, "--signals", '[{"node_id": "ask", "action": "maybe"}]')
    assert said == (
        "The form of node 'ask' does not take this answer. The form has no action 'maybe'. It has: yes, no. "
        "why: This is required."
    )
    assert Path(log).read_text() == before


@pytest.mark.parametrize(
    ("signals", "message"),
    [
        ("[5]", "Signal 0 must be an object with the `key` of a wait, or the `node_id` of its node."),
        ('{"data": {}}', "Signal 0 must be an object with the `key` of a wait, or the `node_id` of its node."),
        ('{"key": "x", "wat": 1}', "Signal 0 has the unknown key 'wat'."),
        ('{"key": "x", "values": []}', "Signal 0: `values` must be an object."),
        ('{"key": "x", "type": "shout"}', "Signal 0: the type is submitted, event, timeout or time."),
    ],
)
def test_signals_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str], signals: str, message: str) -> None:
    assert refused(capsys, "run", write(tmp_path, FORM), "--signals", signals).startswith(message)


def test_a_signal_that_nothing_waits_for_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", write(tmp_path, FORM), "--signals", '[{"node_id": "nobody"}]']) == 2
    assert "Nothing waited for the signal to 'nobody'." in capsys.readouterr().err


def test_limits_stop_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, {**FORM, "limits": {"steps": 4}})

    assert main(["run", file, "--signals", ANSWER]) == 0
    capsys.readouterr()
    assert main(["run", file, "--signals", ANSWER, "--limits", '{"steps": 2}']) == 1
    assert told(capsys)["error"] == {
        "code": "budget_exceeded",
        "message": "The run has started 2 nodes, and it may start 2. Raise 'steps' under the app's limits, or among "
        "the limits that the run was started with.",
        "node_id": "t",
        "field": "limits.steps",
    }
    said = refused(capsys, "run", file, "--limits", '{"steps": 0}')
    assert said.startswith("The limit 'steps' is wrong: ")


def test_a_run_begins_at_the_root_that_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = document(
        node("start"), node("hook", "trigger-webhook", {"body": [{"name": "n", "type": "number"}]}),
        template("a", "started"), template("b", "hooked {{ n }}", n="hook.n"),
        node("either", "variable-aggregator", {"selectors": [["a", "output"], ["b", "output"]]}),
        node("end", config={"outputs": [{"name": "text", "selector": ["either", "output"]}]}),
        edges=["start>a>either>end", "hook>b>either"],
    )  # fmt: skip
    file = write(tmp_path, graph)

    assert main(["run", file]) == 0
    assert told(capsys)["outputs"] == {"text": "started"}
    assert main(["run", file, "--root", "hook", "--inputs", '{"n": 4}']) == 0
    assert told(capsys)["outputs"] == {"text": "hooked 4"}
    assert refused(capsys, "run", file, "--root", "a") == "A run cannot begin at 'a'. It can at: start, hook."


BIG = document(
    node("start", config={"variables": [{"name": "text", "type": "paragraph"}]}),
    template("t", "{{ it }}{{ it }}", it="start.text"), node("ask", "human-input", {**ASK, "fields": []}),
    node("end", config={"outputs": [{"name": "text", "selector": ["t", "output"]}]}), edges=["start>t>ask:yes>end"],
)  # fmt: skip


def test_large_values_go_to_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, blobs = write(tmp_path, BIG), str(tmp_path / "blobs")
    inputs = json.dumps({"text": "x" * 150_000})

    log = log_of(tmp_path, capsys, file, "--inputs", inputs, "--blobs", blobs)
    assert len(list(Path(blobs).iterdir())) == 1
    assert Path(log).stat().st_size < 700_000

    answer = '{"node_id": "ask", "action": "yes"}'
    assert main(["run", "--resume", log, "--signals", answer, "--blobs", blobs]) == 0
    assert told(capsys)["outputs"]["text"]["bytes"] == 300_002
    assert main(["run", "--resume", log, "--signals", answer]) == 1
    assert told(capsys)["error"]["code"] == "port_missing"
    assert main(["replay", log, "--blobs", blobs]) == 0
    assert told(capsys)["status"] == "paused"
    assert "Give the folder with --blobs." in refused(capsys, "replay", log)


def test_a_folder_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, inputs = write(tmp_path, BIG), json.dumps({"text": "x" * 150_000})

    said = refused(capsys, "run", file, "--inputs", inputs, "--blobs", file)
    assert said == f"Values cannot be kept in {file}: File exists."


def test_replay_needs_the_log_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = log_of(tmp_path, capsys, write(tmp_path, FORM), "--inputs", '{"q": "x"}', "--signals", ANSWER)

    assert main(["replay", log]) == 0
    same = told(capsys)
    assert (same["outputs"], same["replayed"], same["live"]) == ({"text": "x because so"}, 4, 0)

    assert main(["replay", log, "--inputs", '{"q": "y"}']) == 0
    other = told(capsys)
    assert (other["outputs"], other["live_nodes"]) == ({"text": "y because so"}, ["end", "start", "t"])

    assert main(["replay", log, "--from", "ask", "--with", '{"why": "me"}']) == 0
    assert told(capsys)["outputs"] == {"text": "x because me"}

    changed = {
        **FORM,
        "nodes": [template("t", "{{ q }}!", q="start.q") if n["id"] == "t" else n for n in FORM["nodes"]],
    }
    assert main(["replay", log, write(tmp_path, changed, "changed.yaml")]) == 0
    assert told(capsys)["outputs"] == {"text": "x!"}

    assert main(["replay", log, "--events"]) == 0
    again = capsys.readouterr().out
    assert [json.loads(line)["type"] for line in again.splitlines()] == [
        json.loads(line)["type"] for line in Path(log).read_text().splitlines()
    ]


def test_what_cannot_be_replayed_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, FORM)
    log = log_of(tmp_path, capsys, file)
    lines = Path(log).read_text().splitlines()
    bare = json.loads(lines[0])
    del bare["definition"]

    def other(*kept: str) -> str:
        path = tmp_path / "other.jsonl"
        path.write_text("\n".join(kept), encoding="utf-8")
        return str(path)

    assert refused(capsys, "replay", log, "--from", "nobody") == "There is no node 'nobody' to run again."
    assert (
        refused(capsys, "replay", log, "--with", "{}") == "Values are given for a node's outputs, and no node is named."
    )
    assert "cannot be read" in refused(capsys, "replay", str(tmp_path / "none"))
    assert "Line 2 of the log" in refused(capsys, "replay", other(lines[0], "{"))
    assert "does not begin with run_started" in refused(capsys, "replay", other(*lines[1:]))
    assert "does not begin with run_started" in refused(capsys, "replay", other())
    assert "has event 3 where event 2 belongs" in refused(capsys, "replay", other(lines[0], lines[2]))
    assert "carries no definition" in refused(capsys, "replay", other(json.dumps(bare), *lines[1:]))
    assert main(["replay", other(json.dumps(bare), *lines[1:]), file]) == 0
    capsys.readouterr()
    unknown = lines[1].replace('"start"', '"nobody"')
    assert "it was made with another one" in refused(capsys, "replay", other(lines[0], unknown))


def test_what_cannot_be_resumed_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = log_of(tmp_path, capsys, write(tmp_path, FORM))

    assert refused(capsys, "run") == "Give the file to run, or the log of a run with --resume."
    said = refused(capsys, "run", "--resume", log, "--inputs", '{"q": "y"}')
    assert said.startswith("A run that goes on has its beginning in the log.")


def test_a_log_carries_the_workflows_that_were_called(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    called = document(
        node("start", config={"variables": [{"name": "q"}]}), template("t", "about {{ q }}", q="start.q"),
        node("end", config={"outputs": [{"name": "text", "selector": ["t", "output"]}]}), edges=["start>t>end"],
    )  # fmt: skip
    argument = {"name": "q", "mode": "variable", "value": ["start", "q"]}
    caller = document(
        node("start", config={"variables": [{"name": "q"}]}),
        node("sub", "workflow", {"app": "called.yaml", "arguments": [argument]}),
        node("end", config={"outputs": [{"name": "text", "selector": ["sub", "text"]}]}), edges=["start>sub>end"],
    )  # fmt: skip
    beside, file = write(tmp_path, called, "called.yaml"), write(tmp_path, caller)
    log = log_of(tmp_path, capsys, file, "--inputs", '{"q": "tea"}')
    started = json.loads(Path(log).read_text().splitlines()[0])
    assert list(started["called"]) == ["called.yaml@latest"]
    Path(beside).unlink()

    assert main(["replay", log]) == 0
    done = told(capsys)
    assert (done["outputs"], done["live"]) == ({"text": "about tea"}, 0)
    assert main(["replay", log, "--inputs", '{"q": "mate"}']) == 0
    assert told(capsys)["outputs"] == {"text": "about mate"}
    assert main(["replay", log, file]) == 0
    assert told(capsys)["outputs"] == {"text": "about tea"}
    changed = {
        **called,
        "nodes": [n if n["id"] != "t" else template("t", "on {{ q }}", q="start.q") for n in called["nodes"]],
    }
    write(tmp_path, changed, "called.yaml")
    assert main(["replay", log, file]) == 0
    assert told(capsys)["outputs"] == {"text": "on tea"}
