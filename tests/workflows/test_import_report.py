"""What an import still needs, and the files written by `convert`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.test_dify import START, app, node
from workflows import dump, load
from workflows.cli import main
from workflows.dsl.report import report

MODEL = {"provider": "openai", "name": "gpt", "mode": "chat", "completion_params": {}}
PLUGIN = {"type": "marketplace", "value": {"marketplace_plugin_unique_identifier": "acme/finder:0.1@00"}}


def file() -> dict[str, Any]:
    value = app(
        START,
        node("ask", "llm", model=MODEL, prompt_template=[{"role": "user", "text": "{{#ghost.text#}}"}]),
        node("again", "llm", model=MODEL, prompt_template=[{"role": "user", "text": "hi"}]),
        node("find", "knowledge-retrieval", query_variable_selector=["sys", "query"], dataset_ids=["d1"]),
        node("tool", "tool", provider_id="acme", tool_name="find", provider_type="builtin"),
        node("sub", "tool", provider_id="app-7", tool_name="sub", provider_type="workflow"),
        node("odd", "teleporter"),
        node("answer", "answer", answer="{{#ask.text#}}"),
        edges=[("start", "ask"), ("ask", "again"), ("again", "find"), ("find", "tool"), ("tool", "sub"),
               ("sub", "odd"), ("odd", "answer")],
        mode="advanced-chat",
        environment_variables=[{"name": "KEY", "value_type": "secret", "value": ""}],
        features={"text_to_speech": {"enabled": True}},
    )  # fmt: skip
    return {**value, "dependencies": [PLUGIN]}


def test_a_report_names_what_an_import_needs() -> None:
    found = report(load(file()))

    assert json.loads(json.dumps(found)) == found
    assert [(entry["code"], entry["provider"], entry["name"], entry["nodes"]) for entry in found["models"]] == [
        ("model_to_map", "openai", "gpt", ["ask", "again"])
    ]
    assert [(entry["code"], entry["provider"], entry["tool"]) for entry in found["tools"]] == [
        ("tool_missing", "acme", "find")
    ]
    assert [(entry["code"], entry["plugin"]) for entry in found["plugins"]] == [("plugin_named", "acme/finder:0.1")]
    assert [(entry["code"], entry["dataset_id"]) for entry in found["datasets"]] == [("dataset_to_choose", "d1")]
    assert [(entry["code"], entry["app"], entry["nodes"]) for entry in found["workflows"]] == [
        ("workflow_to_map", "app-7", ["sub"])
    ]
    assert [(entry["code"], entry["name"]) for entry in found["secrets"]] == [("secret_missing", "KEY")]
    assert [(entry["node_id"], entry["missing"]) for entry in found["unsupported"]] == [
        ("tool", "the tool acme/find"),
        ("odd", "the node type teleporter"),
    ]
    assert [fault["code"] for fault in found["references"]] == ["reference_unknown_node"]
    assert "feature_ignored" in [fault["code"] for fault in found["changes"]]


def test_a_host_may_have_tools_of_its_own() -> None:
    found = report(load(file()), has_tool=lambda provider, tool: (provider, tool) == ("acme", "find"))

    assert found["tools"] == []
    assert [entry["node_id"] for entry in found["unsupported"]] == ["odd"]


def test_a_file_is_converted_there_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, dify, weft = (tmp_path / name for name in ("a.json", "b.yml", "c.yml"))
    source.write_text(json.dumps(file()))

    assert main(["convert", str(source), "--to", "dify", "--out", str(dify)]) == 0
    assert main(["convert", str(dify), "--to", "weft", "--out", str(weft)]) == 0

    assert load(dify.read_bytes()).document == load(file()).document
    assert weft.read_text() == dump(load(file()))
    told = [json.loads(line)["code"] for line in capsys.readouterr().err.splitlines()]
    assert told == ["secret_missing", "feature_ignored"] * 2


def test_a_file_that_cannot_be_read_is_not_converted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.yml"

    assert main(["convert", str(tmp_path / "missing.yml"), "--to", "dify", "--out", str(out)]) == 1

    assert [json.loads(line)["code"] for line in capsys.readouterr().err.splitlines()] == ["file_unreadable"]
    assert not out.exists()


def test_check_prints_a_line_for_each_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.yml"
    good.write_text(json.dumps(file()))
    bad.write_bytes(b"\x00\xff")

    assert main(["check", str(good), str(bad)]) == 1

    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["file"], first["loads"], first["nodes"]) == (str(good), True, 8)
    assert first["unsupported"] == [
        {"node_id": "tool", "kind": "tool", "missing": "the tool acme/find"},
        {"node_id": "odd", "kind": "teleporter", "missing": "the node type teleporter"},
    ]
    assert {"code", "message", "node_id", "field"} <= set(first["issues"][0])
    assert (second["loads"], [issue["code"] for issue in second["issues"]]) == (False, ["file_unreadable"])
