"""The OpenAI surface over a real engine and a tiny model: what only both together can get wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.inference.inside import serving

Tiny = Callable[[str], tuple[Path, Any]]
HI: Any = [{"role": "user", "content": "Hi"}]
SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "boolean"}},
    "required": ["a"],
    "additionalProperties": False,
}


async def test_two_answers_are_those_of_two_seeds(tiny: Tiny) -> None:
    directory, _ = tiny("qwen3")
    async with serving(directory) as inside:
        create = inside.openai.chat.completions.create
        asked: dict[str, Any] = {"model": directory.name, "messages": HI, "max_tokens": 8, "temperature": 1.2}
        both = await create(**asked, n=2, seed=3, logprobs=True, top_logprobs=2)
        alone = [(await create(**asked, seed=seed)).choices[0].message.content for seed in (3, 4)]

    assert [choice.message.content for choice in both.choices] == alone
    assert both.usage is not None
    assert (both.usage.prompt_tokens, both.usage.completion_tokens) == (5, 16)
    for choice in both.choices:
        assert choice.logprobs is not None
        tokens = choice.logprobs.content or []
        assert [len(token.top_logprobs) for token in tokens] == [2] * 8
        assert all(token.logprob <= token.top_logprobs[0].logprob + 1e-6 for token in tokens)


async def test_a_schema_and_a_choice_bind_the_answer(tiny: Tiny) -> None:
    directory, _ = tiny("qwen3")
    async with serving(directory) as inside:
        create = inside.openai.chat.completions.create
        bound = await create(
            model=directory.name, messages=HI, max_tokens=64,
            response_format={"type": "json_schema", "json_schema": {"name": "s", "schema": SCHEMA}},
        )  # fmt: skip
        _, chosen = await inside.post(
            "/v1/chat/completions",
            {"model": directory.name, "messages": HI, "structured_outputs": {"choice": ["yes", "no"]}},
        )

    assert json.loads(bound.choices[0].message.content or "") in ({"a": True}, {"a": False})
    assert bound.choices[0].finish_reason == "stop"
    options = chosen["choices"][0]["weft"]["options"]
    assert {each["option"] for each in options} == {"yes", "no"}
    assert abs(sum(each["probability"] for each in options) - 1) < 1e-6
    assert chosen["choices"][0]["message"]["content"] in ("yes", "no")
