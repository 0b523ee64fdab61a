"""The log's format: version 1 as written down in tests/contracts."""

from __future__ import annotations

import json

import jsonschema
import msgspec
import pytest

from tests.golden.record import RUNS
from tests.golden.regenerate import CONTRACT, TYPESCRIPT
from workflows.events import NodeStarted, decode, encode
from workflows.schema import schema_json, typescript


def test_the_contract_is_fresh() -> None:
    assert CONTRACT.read_text(encoding="utf-8") == schema_json(), "run `python -m tests.golden.regenerate`"
    assert TYPESCRIPT.read_text(encoding="utf-8") == typescript(), "run `python -m tests.golden.regenerate`"


def test_every_golden_event_keeps_the_contract() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema_json()))
    for path in RUNS.glob("*/events.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            validator.validate(json.loads(line))
            assert encode(decode(line)).decode() == line


def test_an_event_survives_json_and_plain_values() -> None:
    event = NodeStarted(seq=3, at="2026-01-01T00:00:00.000Z", node_id="a", kind="llm", attempt=2)

    assert decode(encode(event)) == decode(json.loads(encode(event))) == event


@pytest.mark.parametrize("data", ['{"type":"node_exploded","seq":1,"at":""}', '{"type":"node_started"}', "[]"])
def test_what_is_no_event_is_refused(data: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(data)


def test_typescript_names_every_event() -> None:
    text = typescript()

    assert 'type: "answer_reset";' in text
    assert "handle: string | null;" in text
    assert "conversation?: Record<string, unknown>;" in text
