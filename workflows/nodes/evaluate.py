"""Evaluate: measures an answer by a list of checks and says whether it is good enough.

Knows checks, weights and the threshold; how texts are compared is `workflows.checks`, and judging is a model's work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from workflows import patterns, wording
from workflows.asking import MODEL_TIMEOUT_S, Asker, ask_json
from workflows.checks import normalised, similarity
from workflows.context import Context
from workflows.events import Usage
from workflows.json_schema import mismatch, problem_of
from workflows.kinds import Effect, NodeType, Output, Result, Step
from workflows.nodes.fields import NodeConfig, Template, widget
from workflows.nodes.model_fields import Model
from workflows.ports import Message
from workflows.repair import loads_lenient
from workflows.replies import without_thinking
from workflows.scope import Scope

CheckType = Literal["exact", "contains", "regex", "similarity", "json_schema", "model"]


class Check(NodeConfig):
    """One check. Which of its fields count, its type says."""

    type: CheckType = Field(default="similarity", json_schema_extra=widget("select"))
    name: str = Field(default="", max_length=100, description="How the check is called in the result.")
    weight: float = Field(default=1.0, ge=0, le=1000, description="How much it counts.")
    required: bool = Field(default=False, description="Whether the answer fails when this check does.")
    ignore_punctuation: bool = Field(default=False, description="Exact: whether full stops and the like count.")
    texts: list[Template] = Field(
        default=[], max_length=100, description="Contains: what the answer must hold; empty for the expected text."
    )
    match: Literal["all", "any"] = Field(
        default="all", description="Contains: whether all the texts are needed.", json_schema_extra=widget("select")
    )
    pattern: str = Field(
        default="", max_length=patterns.MAX_PATTERN, description="Regex: the pattern that must occur in the answer."
    )
    minimum: float = Field(
        default=0.5, ge=0, le=1, description="Similarity and model: the score from which the check is passed."
    )
    json_schema: dict[str, Any] = Field(
        default={},
        alias="schema",
        description="JSON schema: what the answer's JSON must fit.",
        json_schema_extra=widget("json-schema"),
    )
    model: Model = Field(default=Model(), description="Model: who judges.", json_schema_extra=widget("model"))
    criteria: Template = Field(default="", description="Model: what makes an answer good.")


class Config(NodeConfig):
    """What is measured, against what, and how."""

    answer: Template = Field(default="", description="The text to measure.")
    expected: Template = Field(default="", description="What it should have been.")
    checks: list[Check] = Field(default=[], max_length=50, json_schema_extra=widget("checks"))
    threshold: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="The score from which the answer is good enough.",
        json_schema_extra=widget("number"),
    )


class Evaluate(NodeType[Config]):
    """See the module."""

    kind = "evaluate"
    family = "logic"
    config = Config
    effect = "pure"
    outputs = (Output("score", "number"), Output("passed", "boolean"), Output("checks", "array[object]"))

    def effect_of(self, config: Config) -> Effect:
        return "idempotent" if any(check.type == "model" for check in config.checks) else "pure"

    def fresh(self) -> dict[str, Any]:
        return Config(checks=[Check()]).model_dump(mode="json", by_alias=True)

    def build(self, config: Config, scope: Scope) -> Step:
        answer, expected = scope.template(config.answer, "answer"), scope.template(config.expected, "expected")
        measures = [_measure(check, scope, f"checks.{i}") for i, check in enumerate(config.checks)]
        if not config.checks:
            scope.soft_fault("checks_empty", "There is nothing to check.", "checks")
        elif not any(check.weight for check in config.checks):
            scope.soft_fault("checks_weightless", "No check has a weight, so the score is always 0.", "checks")

        async def run(ctx: Context) -> Result:
            given, wanted = answer.render(ctx.pool), expected.render(ctx.pool)
            scores = await asyncio.gather(*(measure(ctx, given, wanted) for measure in measures))
            rows = [_row(check, score) for check, score in zip(config.checks, scores, strict=True)]
            usages = [score.usage for score in scores if score.usage is not None]
            outputs = {**_total(config, rows), "checks": rows}
            usage = sum(usages, Usage()) if usages else None
            return Result(outputs, {"answer": given, "expected": wanted}, usage=usage)

        return Step(task=run, timeout_s=MODEL_TIMEOUT_S)


@dataclass(frozen=True, slots=True)
class _Score:
    """What a check found: a score from 0 to 1, whether that is enough, and why."""

    value: float
    passed: bool
    reason: str = ""
    usage: Usage | None = None


Measure = Callable[[Context, str, str], Awaitable[_Score]]


def _row(check: Check, score: _Score) -> dict[str, Any]:
    return {
        "name": check.name or check.type,
        "type": check.type,
        "score": round(score.value, 4),
        "passed": score.passed,
        "reason": score.reason,
        "weight": check.weight,
    }


def _total(config: Config, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The weighted mean, and whether it reaches the threshold with every required check passed."""
    weight = sum(check.weight for check in config.checks)
    score = round(sum(row["score"] * row["weight"] for row in rows) / weight, 4) if weight else 0.0
    held = all(row["passed"] for check, row in zip(config.checks, rows, strict=True) if check.required)
    return {"score": score, "passed": held and score >= config.threshold}


def _measure(check: Check, scope: Scope, field: str) -> Measure:
    """The check compiled. Faults of its fields go to `scope`."""
    match check.type:
        case "exact":
            return _quick(lambda given, wanted: _exact(check, given, wanted))
        case "contains":
            return _contains(check, scope, field)
        case "regex":
            return _regex(check, scope, field)
        case "similarity":
            return _quick(lambda given, wanted: _similar(check, given, wanted))
        case "json_schema":
            problem = problem_of(check.json_schema)
            if problem is not None:
                scope.fault("schema_invalid", f"This is no JSON schema: {problem}.", f"{field}.schema")
            return _quick(lambda given, wanted: _fits(check, given))
        case "model":
            return _judge(check, scope, field)


def _quick(compare: Callable[[str, str], _Score]) -> Measure:
    """A comparison in a thread of its own: long texts take their time."""

    async def measure(ctx: Context, given: str, wanted: str) -> _Score:
        return await asyncio.to_thread(compare, given, wanted)

    return measure


def _yes_or_no(passed: bool, reason: str) -> _Score:
    return _Score(float(passed), passed, "" if passed else reason)


def _exact(check: Check, given: str, wanted: str) -> _Score:
    same = normalised(given, ignore_punctuation=check.ignore_punctuation) == normalised(
        wanted, ignore_punctuation=check.ignore_punctuation
    )
    return _yes_or_no(same, "The answer is not what was expected.")


def _similar(check: Check, given: str, wanted: str) -> _Score:
    score = similarity(given, wanted)
    return _Score(score, score >= check.minimum)


def _fits(check: Check, given: str) -> _Score:
    value = loads_lenient(without_thinking(given))
    if value is None:
        return _Score(0.0, False, "The answer is no JSON.")
    problem = mismatch(value, check.json_schema, "the answer")
    return _yes_or_no(problem is None, f"{problem}.")


def _contains(check: Check, scope: Scope, field: str) -> Measure:
    texts = [scope.template(text, f"{field}.texts.{i}") for i, text in enumerate(check.texts)]

    async def measure(ctx: Context, given: str, wanted: str) -> _Score:
        wants = [text.render(ctx.pool) for text in texts] or [wanted]
        held = normalised(given)
        missing = [text for text in wants if normalised(text) not in held]
        share = 1 - len(missing) / len(wants)
        if check.match == "any":
            return _yes_or_no(len(missing) < len(wants), "The answer holds none of the texts.")
        return _Score(share, not missing, f"The answer lacks {missing[0][:100]!r}." if missing else "")

    return measure


def _regex(check: Check, scope: Scope, field: str) -> Measure:
    try:
        patterns.check(check.pattern)
    except patterns.PatternError as error:
        scope.fault("pattern_invalid", str(error), f"{field}.pattern")

    def compare(given: str, wanted: str) -> _Score:
        try:
            return _yes_or_no(patterns.search(check.pattern, given), "The pattern does not occur in the answer.")
        except patterns.PatternError as error:
            return _Score(0.0, False, str(error))

    return _quick(compare)


# The reason comes first: a model that has said why gives a better score.
_VERDICT = {
    "type": "object",
    "properties": {"reason": {"type": "string"}, "score": {"type": "number", "minimum": 0, "maximum": 1}},
    "required": ["reason", "score"],
}


def _judge(check: Check, scope: Scope, field: str) -> Measure:
    asker = Asker(check.model, scope, f"{field}.model")
    criteria = scope.template(check.criteria, f"{field}.criteria")

    async def measure(ctx: Context, given: str, wanted: str) -> _Score:
        counts = criteria.render(ctx.pool).strip()
        like = counts or wanted or given
        told = wording.of("judge_criteria", like).format(text=counts) if counts else ""
        messages = [
            Message("system", wording.of("judge", like).format(criteria=told)),
            Message("user", wording.of("judge_case", like).format(expected=wanted, answer=given)),
        ]
        verdict, asked = await ask_json(ctx, asker.schema_request(ctx, messages, _VERDICT), _VERDICT)
        score = float(verdict["score"])
        return _Score(score, score >= check.minimum, verdict["reason"][:2000], asked.usage)

    return measure


NODE = Evaluate()
