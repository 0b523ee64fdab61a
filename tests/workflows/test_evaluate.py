from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.builders import document, node
from workflows import Ports, check
from workflows.checks import normalised, similarity
from workflows.errors import ModelError
from workflows.events import Event, NodeFinished, RunFailed, RunFinished, Usage
from workflows.testing import ScriptedModels, run_to_events

MODEL = {"provider": "p", "name": "m"}


def measuring(*checks: dict[str, Any], **config: Any) -> dict[str, Any]:
    start = node("start", config={"variables": [{"name": name, "type": "paragraph"} for name in ("given", "wanted")]})
    evaluate = node(
        "e",
        "evaluate",
        {"answer": "{{#start.given#}}", "expected": "{{#start.wanted#}}", "checks": list(checks), **config},
    )
    rows = [{"name": name, "selector": ["e", name]} for name in ("score", "passed", "checks")]
    return document(start, evaluate, node("end", config={"outputs": rows}), edges=["start>e>end"])


async def outputs_of(
    definition: dict[str, Any], given: str = "", wanted: str = "", ports: Ports | None = None
) -> dict[str, Any]:
    events = await run_to_events(definition, {"given": given, "wanted": wanted}, ports)
    assert isinstance(events[-1], RunFinished), events[-1]
    return events[-1].outputs


@pytest.mark.parametrize(
    ("check", "answer", "expected", "score", "passed", "reason"),
    [
        ({"type": "exact"}, "  Ｔea\n time ", "tea TIME", 1.0, True, ""),
        ({"type": "exact"}, "Tea.", "tea", 0.0, False, "The answer is not what was expected."),
        ({"type": "exact", "ignore_punctuation": True}, "好的。", "好的", 1.0, True, ""),
        ({"type": "contains"}, "Green TEA, please", "green tea", 1.0, True, ""),
        ({"type": "contains", "texts": ["green", "{{#start.wanted#}}"]}, "green", "tea", 0.5, False,
         "The answer lacks 'tea'."),
        ({"type": "contains", "texts": ["a", "b"], "match": "any"}, "b", "", 1.0, True, ""),
        ({"type": "contains", "texts": ["a", "b"], "match": "any"}, "c", "", 0.0, False,
         "The answer holds none of the texts."),
        ({"type": "regex", "pattern": r"\b\d{4}\b"}, "in 2026", "", 1.0, True, ""),
        ({"type": "regex", "pattern": "^x"}, "yx", "", 0.0, False, "The pattern does not occur in the answer."),
        ({"type": "similarity"}, "今天天气很好", "今天天气不错", 0.6, True, ""),
        ({"type": "similarity", "minimum": 0.9}, "今天天气很好", "今天天气不错", 0.6, False, ""),
        ({"type": "json_schema", "schema": {"required": ["a"]}}, '```json\n{"a": 1}```', "", 1.0, True, ""),
        ({"type": "json_schema", "schema": {"required": ["a"]}}, "{}", "", 0.0, False,
         "the answer: 'a' is a required property."),
        ({"type": "json_schema", "schema": {}}, "no", "", 0.0, False, "The answer is no JSON."),
    ],
)  # fmt: skip
async def test_checks(
    check: dict[str, Any], answer: str, expected: str, score: float, passed: bool, reason: str
) -> None:
    outputs = await outputs_of(measuring(check), answer, expected)

    row = {
        "name": check["type"],
        "type": check["type"],
        "score": score,
        "passed": passed,
        "reason": reason,
        "weight": 1.0,
    }
    assert outputs == {"score": score, "passed": score >= 0.5, "checks": [row]}


@pytest.mark.parametrize(
    ("weights", "required", "threshold", "score", "passed"),
    [
        ((1, 1), False, 0.5, 0.5, True),
        ((1, 1), True, 0.5, 0.5, False),
        ((3, 1), False, 0.8, 0.75, False),
        ((3, 1), False, 0.75, 0.75, True),
        ((1, 0), True, 0.9, 1.0, False),
    ],
)
async def test_weights_and_threshold(
    weights: tuple[float, float], required: bool, threshold: float, score: float, passed: bool
) -> None:
    right, wrong = {"type": "contains", "texts": ["a"]}, {"type": "contains", "texts": ["b"], "required": required}
    checks = [{**each, "weight": weight} for each, weight in zip((right, wrong), weights, strict=True)]

    outputs = await outputs_of(measuring(*checks, threshold=threshold), "a")

    assert (outputs["score"], outputs["passed"]) == (score, passed)


async def test_a_model_judges() -> None:
    models = ScriptedModels('{"reason": "Close.", "score": "0.8"}', usage=Usage(2, 1, 3))
    judge = {"type": "model", "name": "tone", "model": MODEL, "criteria": "Kind to {{#start.wanted#}}."}

    events: list[Event] = await run_to_events(measuring(judge), {"given": "Hi", "wanted": "Ann"}, Ports(models=models))

    done = next(event for event in events if isinstance(event, NodeFinished) and event.node_id == "e")
    assert done.outputs == {
        "score": 0.8, "passed": True,
        "checks": [{"name": "tone", "type": "model", "score": 0.8, "passed": True, "reason": "Close.", "weight": 1.0}],
    }  # fmt: skip
    assert done.usage == Usage(2, 1, 3)
    system, user = models.requests[0].messages
    assert str(system.content).endswith("What counts:\nKind to Ann.")
    assert user.content == "<expected>\nAnn\n</expected>\n\n<answer>\nHi\n</answer>"


async def test_a_chinese_case_is_judged_in_chinese() -> None:
    models = ScriptedModels('{"reason": "对", "score": 1}')

    await outputs_of(measuring({"type": "model", "model": MODEL}), "下雨", "今天下雨", Ports(models=models))

    assert str(models.requests[0].messages[0].content).startswith("你负责给回答评分")


@pytest.mark.parametrize(
    ("reply", "code"), [("great", "structured_output_invalid"), (ModelError("model_busy", "Busy."), "model_busy")]
)
async def test_a_judge_that_gives_no_score_fails_the_node(reply: Any, code: str) -> None:
    definition = measuring({"type": "model", "model": MODEL})

    events = await run_to_events(definition, {"given": "a"}, Ports(models=ScriptedModels(reply)))

    assert isinstance(events[-1], RunFailed)
    assert events[-1].error.code == code


async def test_a_slow_pattern_is_a_failed_check() -> None:
    began = time.monotonic()

    outputs = await outputs_of(measuring({"type": "regex", "pattern": "^(a|aa)+$"}), "a" * 200 + "!")

    assert outputs["checks"][0]["reason"].endswith("takes too long on this text: simplify it.")
    assert time.monotonic() - began < 10


def test_what_is_wrong_is_said_before_a_run() -> None:
    wrong = measuring(
        {"type": "regex", "pattern": "("},
        {"type": "json_schema", "schema": {"type": "x"}},
        {"type": "model", "weight": 0},
    )

    faults = [(fault.code, fault.field) for fault in check(wrong) if fault.node_id == "e"]

    assert faults == [
        ("pattern_invalid", "checks.0.pattern"),
        ("schema_invalid", "checks.1.schema"),
        ("model_missing", "checks.2.model"),
    ]
    assert ("checks_empty", "checks") in [(fault.code, fault.field) for fault in check(measuring())]


@given(st.text(max_size=30), st.text(max_size=30))
def test_similarity_is_a_measure(one: str, other: str) -> None:
    score = similarity(one, other)

    assert 0 <= score <= 1
    assert score == similarity(other, one)
    assert similarity(one, one) == 1
    assert normalised(normalised(one)) == normalised(one)
