"""Requests that no client means, and that must be refused by name: a 500 would blame the server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference.request import Piece
from inference.server.prefixes import MAX_PER_SALT
from tests.inference.inside import serving
from tests.inference.scripted import MODEL, ScriptedModel, speaking

Tiny = Callable[[str], tuple[Path, Any]]
CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
HELLO = [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    ("path", "odd", "code", "param"),
    [
        (CHAT, {"logit_bias": {"9" * 5000: 1.0}}, "value_out_of_range", "logit_bias"),
        (
            CHAT,
            {"messages": [{"role": "user", "content": [{"type": [], "text": ""}]}]},
            "content_unsupported",
            "messages",
        ),
        (CHAT, {"tools": [{"function": {"name": "f", "parameters": True}}]}, "invalid_schema", "tools"),
        (CHAT, {"tools": [{"function": {"name": "f", "parameters": {"properties": []}}}]}, "invalid_schema", "tools"),
        (CHAT, {"tools": [{"function": {"name": 'we"ird'}}]}, "invalid_field", "tools"),
        (RESPONSES, {"input": "Hello", "reasoning": {"effort": []}}, "invalid_field", "reasoning.effort"),
        ("/v1/prefix", {"id": "a", "prompt": "Hello", "cache_salt": "s" * 257}, "value_out_of_range", "cache_salt"),
    ],
)
async def test_what_has_no_sense_is_refused_by_name(path: str, odd: dict[str, Any], code: str, param: str) -> None:
    model = ScriptedModel()
    async with speaking(model) as (_, http):
        messages = {"messages": HELLO} if path == CHAT else {}
        response = await http.post(path, json={"model": MODEL, **messages, **odd})

    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (400, code, param)
    assert model.asked == []


ROLES = "'assistant', 'developer', 'function', 'system', 'tool', 'user'"


@pytest.mark.parametrize(
    ("body", "param", "message"),
    [
        ({"model": MODEL}, "messages", "messages is missing; it is required."),
        ({"model": MODEL, "messages": [{}]}, "messages[0].role", "messages[0].role is missing; it is required."),
        (
            {"model": MODEL, "messages": [*HELLO, {"role": "wizard"}]},
            "messages[1].role",
            f"messages[1].role is 'wizard'; it must be one of {ROLES}.",
        ),
        (
            {"model": MODEL, "messages": HELLO, "workflow": {"class": "urgent"}},
            "workflow.class",
            "workflow.class is 'urgent'; it must be one of 'batch', 'idle', 'interactive'.",
        ),
        (
            {"model": MODEL, "messages": HELLO, "seed": "x"},
            "seed",
            "seed: Expected `int | null`, got `str`.",
        ),
        ([], None, "The request body: Expected `object`, got `array`."),
    ],
)
async def test_a_body_of_another_shape_is_told_the_field_and_what_it_takes(
    body: Any, param: str | None, message: str
) -> None:
    model = ScriptedModel()
    async with speaking(model) as (_, http):
        response = await http.post(CHAT, json=body)

    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"], error["message"]) == (
        400, "invalid_field", param, message,
    )  # fmt: skip
    assert model.asked == []


async def test_a_body_nested_too_deep_is_no_json_for_us() -> None:
    nested = "[" * 100_000 + "]" * 100_000
    body = f'{{"model": "{MODEL}", "messages": {json.dumps(HELLO)}, "response_format": {{"type": {nested}}}}}'
    async with speaking(ScriptedModel()) as (_, http):
        response = await http.post(CHAT, content=body)

    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_json")


@pytest.mark.parametrize(("asked", "kept"), [(1e-40, 0.0), (9e-6, 0.0), (0.01, 0.01)])
async def test_a_temperature_too_low_to_divide_by_is_greedy(asked: float, kept: float) -> None:
    model = ScriptedModel(Piece("Hi", 1, "stop"))
    async with speaking(model) as (_, http):
        await http.post(CHAT, json={"model": MODEL, "messages": HELLO, "temperature": asked})

    assert [params.temperature for _, params in model.asked] == [kept]


async def test_a_prefix_can_be_renewed_where_no_other_fits(tiny: Tiny) -> None:
    directory, _ = tiny("qwen3")
    prefix = {"model": directory.name, "tokens": [1, 2, 3], "cache_salt": "t"}
    async with serving(directory) as inside:
        for at in range(MAX_PER_SALT):
            assert (await inside.post("/v1/prefix", {**prefix, "id": str(at)}))[0] == 200
        renewed, _ = await inside.post("/v1/prefix", {**prefix, "id": "0"})
        another, refusal = await inside.post("/v1/prefix", {**prefix, "id": "another"})

    assert (renewed, another, refusal["error"]["code"]) == (200, 429, "too_many_prefixes")


async def test_a_prefix_ends_with_a_turn_as_the_template_shows_it(tiny: Tiny, tmp_path: Path) -> None:
    directory, _ = tiny("qwen3")
    for path in directory.iterdir():
        (tmp_path / path.name).symlink_to(path)
    shown = "{% for message in messages %}{{ message.tool_call_id }}:{{ message.content }}{% endfor %}"
    (tmp_path / "chat_template.jinja").write_text(shown)
    answered = [{"role": "tool", "tool_call_id": "call", "content": "abc"}]
    async with serving(tmp_path) as inside:
        status, pinned = await inside.post("/v1/prefix", {"model": tmp_path.name, "id": "a", "messages": answered})

    # every byte is a token, and the last may still change
    assert (status, pinned["n_tokens"]) == (200, len("call:abc") - 1)
