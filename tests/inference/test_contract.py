"""The OpenAI surface, by the official client and as bytes: what scripted answers look like to those who ask."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from inference.errors import InferenceError
from inference.request import (
    Grammar,
    Hints,
    OptionScore,
    Piece,
    ScoredToken,
    TokenLogprob,
    Tool,
    ToolCall,
    ToolCallDelta,
    Turn,
)
from tests.inference.scripted import MODEL, ScriptedModel, speaking

HELLO = [{"role": "user", "content": "Hello"}]
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
CALLING = (
    Piece("", 1, reasoning="Hm."),
    Piece("Let me see. ", 2),
    Piece("", 1, tool_calls=(ToolCallDelta(0, "call_1", "look"),)),
    Piece("", 2, tool_calls=(ToolCallDelta(0, arguments='{"q":'), ToolCallDelta(0, arguments='"x"}'))),
    Piece("", 1, tool_calls=(ToolCallDelta(1, "call_2", "go"), ToolCallDelta(1, arguments="{}"))),
    Piece("", 0, "tool_calls", n_reasoning=1),
)
LOOK = {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": SCHEMA}}


async def transcript(model: ScriptedModel, path: str, body: dict[str, Any]) -> list[str]:
    """Lines of the event stream, ids and times replaced by ID and 0."""
    async with speaking(model) as (_, http):
        text = (await http.post(path, json={"model": MODEL, "stream": True, **body})).text
    lines = []
    for line in text.split("\n\n"):
        if line.startswith("data: {"):
            event = json.loads(line.removeprefix("data: "))
            line = "data: " + json.dumps({**event, "id": "ID", "created": 0})
        lines += [line] if line else []
    return lines


def chunk(choice: dict[str, Any], **more: Any) -> str:
    frame = {"id": "ID", "created": 0, "model": MODEL, "object": "chat.completion.chunk"}
    return "data: " + json.dumps({**frame, "choices": [{"index": 0, "finish_reason": None, **choice}], **more})


async def test_the_transcript_of_a_chat_stream() -> None:
    model = ScriptedModel(Piece("Hel", 1), Piece("", 1), Piece("lo", 1, "stop", stop_reason="END"))

    lines = await transcript(model, "/v1/chat/completions", {"messages": HELLO})

    assert lines == [
        chunk({"delta": {"role": "assistant", "content": ""}, "logprobs": None}),
        chunk({"delta": {"content": "Hel"}, "logprobs": None}),
        chunk({"delta": {"content": "lo"}, "logprobs": None}),
        chunk({"finish_reason": "stop", "delta": {}, "logprobs": None, "stop_reason": "END"}),
        "data: [DONE]",
    ]


async def test_the_transcript_of_a_stream_that_breaks() -> None:
    model = ScriptedModel(Piece("Hel", 1), InferenceError("engine_failed", "It broke."))

    lines = await transcript(model, "/v1/chat/completions", {"messages": HELLO})

    error = {"message": "It broke.", "type": "server_error", "param": None, "code": "engine_failed"}
    assert lines[2:] == ["data: " + json.dumps({"error": error, "id": "ID", "created": 0}), "data: [DONE]"]


async def test_the_transcript_of_a_completion_with_usage() -> None:
    model = ScriptedModel(Piece("a", 1), Piece("b", 1, "length"))

    lines = await transcript(
        model, "/v1/completions", {"prompt": "x", "echo": True, "stream_options": {"include_usage": True}}
    )

    events = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert [[(each["text"], each["finish_reason"]) for each in event["choices"]] for event in events] == [
        [("x", None)],
        [("a", None)],
        [("b", None)],
        [("", "length")],
        [],
    ]
    assert [event["usage"] for event in events[:-1]] == [None] * 4
    assert events[-1]["usage"] == {
        "prompt_tokens": 3,
        "completion_tokens": 2,
        "total_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }
    assert lines[-1] == "data: [DONE]"


async def test_tools_and_thinking_whole_and_streamed() -> None:
    asked: Any = {"model": MODEL, "messages": HELLO, "tools": [LOOK]}
    async with speaking(ScriptedModel(*CALLING)) as (client, _):
        whole = await client.chat.completions.create(**asked)
        chunks = [each async for each in await client.chat.completions.create(**asked, stream=True)]

    message = whole.choices[0].message
    assert whole.choices[0].finish_reason == "tool_calls"
    assert (message.content, message.model_extra) == ("Let me see. ", {"reasoning_content": "Hm."})
    assert [call.model_dump() for call in message.tool_calls or []] == [
        {"id": "call_1", "function": {"name": "look", "arguments": '{"q":"x"}'}, "type": "function"},
        {"id": "call_2", "function": {"name": "go", "arguments": "{}"}, "type": "function"},
    ]
    assert whole.usage is not None
    assert whole.usage.completion_tokens == 7
    assert whole.usage.completion_tokens_details is not None
    assert whole.usage.completion_tokens_details.reasoning_tokens == 1
    deltas = [each.choices[0].delta for each in chunks]
    assert deltas[1].model_extra == {"reasoning_content": "Hm."}
    assert deltas[1].content is None
    fragments = [call for delta in deltas for call in delta.tool_calls or []]
    assert [(call.index, call.id, call.type) for call in fragments] == [
        (0, "call_1", "function"),
        (0, None, None),
        (1, "call_2", "function"),
    ]
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


async def test_many_answers_to_many_prompts() -> None:
    model = ScriptedModel(Piece("a", 1), Piece("b", 1, index=1), Piece("", 0, "stop"), Piece("!", 1, "length", index=1))
    async with speaking(model) as (client, _):
        whole = await client.completions.create(model=MODEL, prompt=["one", "two"], n=2, echo=True)
        ids = await client.completions.create(model=MODEL, prompt=[[65, 66], [67]], n=2, echo=True)
        chunks = [
            each async for each in await client.completions.create(model=MODEL, prompt=["x", "y"], n=2, stream=True)
        ]

    assert [(each.index, each.text, each.finish_reason) for each in whole.choices] == [
        (0, "onea", "stop"),
        (1, "oneb!", "length"),
        (2, "twoa", "stop"),
        (3, "twob!", "length"),
    ]
    assert whole.usage is not None
    assert (whole.usage.prompt_tokens, whole.usage.completion_tokens) == (6, 6)
    assert [each.text for each in ids.choices] == ["ABa", "ABb!", "Ca", "Cb!"]
    texts = {at: "".join(c.choices[0].text for c in chunks if c.choices[0].index == at) for at in range(4)}
    assert texts == {0: "a", 1: "b!", 2: "a", 3: "b!"}


async def test_logprobs_in_both_shapes() -> None:
    token = TokenLogprob("é", -0.5, b"\xc3\xa9", (ScoredToken("é", -0.5, b"\xc3\xa9"), ScoredToken("e", -1.5, b"e")))
    model = ScriptedModel(Piece("é", 1, logprobs=(token,)), Piece("é", 1, "stop", logprobs=(token,)))
    async with speaking(model) as (client, _):
        chat = await client.chat.completions.create(model=MODEL, messages=HELLO, logprobs=True, top_logprobs=2)  # type: ignore[arg-type]
        plain = await client.completions.create(model=MODEL, prompt="x", logprobs=2)
        chunks = [
            each async for each in await client.completions.create(model=MODEL, prompt="x", logprobs=2, stream=True)
        ]

    assert chat.choices[0].logprobs is not None
    content = chat.choices[0].logprobs.content or []
    assert [each.model_dump() for each in content] == 2 * [
        {
            "token": "é",
            "bytes": [195, 169],
            "logprob": -0.5,
            "top_logprobs": [
                {"token": "é", "bytes": [195, 169], "logprob": -0.5},
                {"token": "e", "bytes": [101], "logprob": -1.5},
            ],
        }
    ]
    assert plain.choices[0].logprobs is not None
    assert plain.choices[0].logprobs.model_dump() == {
        "text_offset": [0, 1],
        "token_logprobs": [-0.5, -0.5],
        "tokens": ["é", "é"],
        "top_logprobs": [{"é": -0.5, "e": -1.5}] * 2,
    }
    assert [c.choices[0].logprobs.text_offset for c in chunks if c.choices[0].logprobs] == [[0], [1]]
    assert [params.logprobs for _, params in model.asked[:1]] == [2]


async def test_what_is_asked_reaches_the_model() -> None:
    model = ScriptedModel(Piece("{}", 1, "stop", options=(OptionScore("x", 0.75), OptionScore("y", 0.25))))
    messages: Any = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "c", "type": "function", "function": {"name": "look", "arguments": "{}"}}
        ]},
        {"role": "tool", "content": "seen", "tool_call_id": "c"},
    ]  # fmt: skip
    extra = {
        "top_k": 5, "min_p": 0.1, "repetition_penalty": 1.1, "min_tokens": 2, "cache_salt": "t1",
        "chat_template_kwargs": {"enable_thinking": False}, "deterministic": True,
        "workflow": {"run_id": "r", "node_key": "n", "class": "batch", "remaining_ms": 5, "run_age_ms": 6,
                     "gang": {"id": "g", "size": 3}, "hold_ms": 7, "graph_version": 3},
    }  # fmt: skip
    async with speaking(model) as (client, http):
        await client.chat.completions.create(
            model=MODEL, messages=messages, tools=[LOOK], parallel_tool_calls=False, seed=4, n=1, logit_bias={"7": -2},  # type: ignore[list-item]
            tool_choice={"type": "function", "function": {"name": "look"}}, max_completion_tokens=9, stop="END",
            response_format={"type": "json_schema", "json_schema": {"name": "s", "schema": SCHEMA}},
            reasoning_effort="minimal", extra_body=extra, extra_headers={"X-Request-Deadline-Ms": "2500"},
        )  # fmt: skip
        scored = await client.chat.completions.create(
            model=MODEL,
            messages=HELLO,
            extra_body={"structured_outputs": {"choice": ["x", "y"]}},  # type: ignore[arg-type]
        )
        warned = await http.post("/v1/completions", json={"model": MODEL, "prompt": "x", "user": "u", "tempratur": 1})

    turns, params = model.asked[0]
    assert turns == [
        Turn("system", "Be brief."),
        Turn("user", "a\nb"),
        Turn("assistant", "", tool_calls=(ToolCall("c", "look", "{}"),)),
        Turn("tool", "seen", tool_call_id="c"),
    ]
    schema = json.dumps(SCHEMA, separators=(",", ":"))
    assert params.tools == (Tool("look", "Looks.", schema),)
    assert (params.tool_choice, params.parallel_tool_calls) == ("required", False)
    assert params.grammar == Grammar("json_schema", schema)
    assert (params.top_k, params.min_p, params.repetition_penalty, params.min_tokens) == (5, 0.1, 1.1, 2)
    assert (params.seed, params.stop, params.max_tokens, params.logit_bias) == (4, ("END",), 9, ((7, -2.0),))
    assert (params.reasoning, params.reasoning_effort, params.deterministic) == (True, "low", True)
    assert (params.salt, params.drop_after_ms) == ("t1", 2500.0)
    assert params.hints == Hints(
        run_id="r", node_key="n", service="batch", deadline_ms=2500.0, remaining_ms=5, run_age_ms=6, gang="g", hold_ms=7
    )
    assert model.arguments[0] == {"enable_thinking": False}
    assert model.asked[1][1].grammar == Grammar("choice", options=("x", "y"))
    assert scored.choices[0].model_extra is not None
    assert scored.choices[0].model_extra["weft"] == {
        "options": [{"option": "x", "probability": 0.75}, {"option": "y", "probability": 0.25}]
    }
    assert warned.status_code == 200
    assert warned.headers["warning"] == '299 - "fields that are not known here were ignored: tempratur"'


async def test_errors_are_the_clients_own_exceptions() -> None:
    async with speaking(ScriptedModel(InferenceError("engine_failed", "It broke."))) as (client, _):
        with pytest.raises(openai.InternalServerError) as broken:
            await client.completions.create(model=MODEL, prompt="x")
        with pytest.raises(openai.NotFoundError) as unknown:
            await client.models.retrieve("gpt-4")
        with pytest.raises(openai.BadRequestError) as long:
            await client.completions.create(model=MODEL, prompt="x" * 64 * 129)
        card = await client.models.retrieve(MODEL)
        listed = [model.id async for model in client.models.list()]

    assert broken.value.code == "engine_failed"
    assert unknown.value.code == "model_not_found"
    assert (long.value.code, long.value.param) == ("context_length_exceeded", "messages")
    assert (card.id, card.owned_by, listed) == (MODEL, "weft", [MODEL])
