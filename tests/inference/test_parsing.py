"""Thinking, text and calls, told apart the same way wherever the text is cut."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.request import Piece, ToolCallDelta
from inference.server.choices import ChatShape
from inference.text.parsing.families import Family, family_of
from inference.text.parsing.machine import Parser

WEATHER = {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}}
SCHEMAS: dict[str, dict[str, Any]] = {"weather": WEATHER, "now": {"type": "object"}}
FAMILIES = {
    "qwen3": family_of("<think> </think> <tool_call>"),
    "qwen-coder": family_of("<tool_call> <function="),
    "llama": family_of("<|python_tag|>"),
    "mistral": family_of("[TOOL_CALLS]"),
    "mistral-v11": family_of("[TOOL_CALLS] [ARGS]"),
    "deepseek-v3": family_of("</think> <think> <｜tool▁calls▁begin｜> ```json"),
    "deepseek-v3.1": family_of("</think> <｜tool▁calls▁begin｜>"),
    "plain": family_of("nothing of the kind"),
}
CALL = '{"name": "weather", "arguments": {"city": "北京", "days": 2}}'
ARGUMENTS = {"city": "北京", "days": 2}
FENCED = f"<｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{json.dumps(ARGUMENTS)}\n```<｜tool▁call▁end｜>"
WRITTEN = {
    "qwen3": f"Sure.\n<tool_call>\n{CALL}\n</tool_call>\n<tool_call>\n{CALL}\n</tool_call>",
    "qwen-coder": "Sure.\n"
    + "<tool_call>\n<function=weather>\n<parameter=city>\n北京\n</parameter>\n<parameter=days>\n2\n</parameter>\n"
    "</function>\n</tool_call>\n" * 2,
    "llama": "Sure.<|python_tag|>" + "; ".join([CALL.replace("arguments", "parameters")] * 2),
    "mistral": f"Sure. [TOOL_CALLS] [{CALL}, {CALL}]",
    "mistral-v11": "Sure. " + f"[TOOL_CALLS]weather[ARGS]{json.dumps(ARGUMENTS)}" * 2,
    "deepseek-v3": "Sure. <｜tool▁calls▁begin｜>"
    + "\n".join([FENCED] * 2)
    + "<｜tool▁calls▁end｜>",
    "deepseek-v3.1": "Sure. <｜tool▁calls▁begin｜>"
    + f"<｜tool▁call▁begin｜>weather<｜tool▁sep｜>{json.dumps(ARGUMENTS)}<｜tool▁call▁end｜>" * 2
    + "<｜tool▁calls▁end｜>",
}  # fmt: skip


def parsed(
    family: Family, pieces: list[str], *, tools: bool = True, thinking: bool = False
) -> tuple[str, str, list[tuple[str, Any]]]:
    parser = Parser(family, SCHEMAS if tools else None, thinking=thinking)
    parts = [part for piece in pieces for part in parser.push(piece)] + parser.flush()
    calls = [(part.call.name, json.loads(part.call.arguments)) for part in parts if part.call is not None]
    return "".join(part.reasoning for part in parts), "".join(part.text for part in parts), calls


@pytest.mark.parametrize("name", WRITTEN)
def test_every_family_calls_two_functions(name: str) -> None:
    assert parsed(FAMILIES[name], [WRITTEN[name]]) == ("", "Sure.", [("weather", ARGUMENTS)] * 2)


@pytest.mark.parametrize("name", WRITTEN)
def test_without_tools_calls_are_text(name: str) -> None:
    assert parsed(FAMILIES[name], [WRITTEN[name]], tools=False) == ("", WRITTEN[name], [])


@pytest.mark.parametrize(
    ("name", "text", "want"),
    [
        ("qwen3", "<think>\nHm.\n</think>\n\nYes.", ("Hm.", "Yes.", [])),
        ("qwen3", f"<think>Hm. <tool_call>{CALL}</tool_call>", ("Hm.", "", [("weather", ARGUMENTS)])),
        ("qwen3", "I say <think> aloud.", ("", "I say <think> aloud.", [])),
        ("qwen3", "<think>cut", ("cut", "", [])),
        ("qwen3", "a\n<tool_call>\n{broken}\n</tool_call> b", ("", "a\n<tool_call>\n{broken}\n</tool_call> b", [])),
        ("qwen3", 'a <tool_call>{"name": "weather", "argu', ("", 'a <tool_call>{"name": "weather", "argu', [])),
        ("qwen3", "a <tool_call>", ("", "a <tool_call>", [])),
        ("qwen3", f"<tool_call>{CALL}", ("", "", [("weather", ARGUMENTS)])),
        (
            "qwen3",
            '<tool_call>{"name": "now", "arguments": {"x": "</tool_call>"}}</tool_call>.',
            ("", ".", [("now", {"x": "</tool_call>"})]),
        ),
        ("llama", CALL.replace("arguments", "parameters"), ("", "", [("weather", ARGUMENTS)])),
        ("llama", '{"answer": 3}', ("", '{"answer": 3}', [])),
        ("llama", "<|python_tag|>print(1)", ("", "<|python_tag|>print(1)", [])),
        ("mistral", "[TOOL_CALLS] nothing", ("", "[TOOL_CALLS] nothing", [])),
        ("plain", "<think>a</think> <tool_call>", ("", "<think>a</think> <tool_call>", [])),
    ],
)
def test_thinking_ends_and_broken_calls_are_text(name: str, text: str, want: tuple[Any, ...]) -> None:
    assert parsed(FAMILIES[name], [text]) == want
    assert parsed(FAMILIES[name], list(text)) == want


def test_thinking_may_have_begun_in_the_prompt() -> None:
    assert parsed(FAMILIES["qwen3"], ["\nHm.\n</th", "ink>\n\nYes. "], thinking=True) == ("Hm.", "Yes. ", [])


pieces_of_text = st.sampled_from(
    [
        *("<think>", "</think>", "<tool_call>", "</tool_call>", "<|python_tag|>", "[TOOL_CALLS]", "[ARGS]", CALL, "{"),
        *('"', "}", "[", "]", "\\", " ", "\n", "a", "，", "; ", '"name": "', "<function=weather>", "</function>"),
        *("<parameter=days>", "</parameter>", "7", "<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>", "now", "<", "</"),
        *("<｜tool▁call▁begin｜>", "<｜tool▁sep｜>", "<｜tool▁call▁end｜>", "```json\n", *WRITTEN.values()),
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    name=st.sampled_from(sorted(FAMILIES)),
    parts=st.lists(pieces_of_text, max_size=12),
    cuts=st.lists(st.integers(0, 200), max_size=8),
    thinking=st.booleans(),
)
def test_any_cut_gives_the_same(name: str, parts: list[str], cuts: list[int], thinking: bool) -> None:
    text = "".join(parts)
    family = FAMILIES[name]
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[begin:end] for begin, end in pairwise(places)]
    begun = thinking and family.think is not None

    whole = parsed(family, [text], thinking=begun)

    assert parsed(family, pieces, thinking=begun) == whole
    assert parsed(family, list(text), thinking=begun) == whole
    if not whole[2]:
        assert "".join((whole[0] + whole[1]).split()) in _without_marks(text, family)


def _without_marks(text: str, family: Family) -> list[str]:
    """Text with any number of the marks of thinking left out; blanks do not count."""
    found = {"".join(text.split())}
    for mark in family.think or ():
        for _ in range(text.count(mark)):
            found |= {each.replace(mark, "", count) for each in found for count in (1, 2, 3)}
    return sorted(found)


def test_a_chunk_has_one_entry_for_each_call() -> None:
    """Many clients read the first entry of each chunk alone."""
    deltas = (
        ToolCallDelta(0, "call_a", "weather"),
        ToolCallDelta(0, arguments='{"city": '),
        ToolCallDelta(0, arguments='"Paris"}'),
        ToolCallDelta(1, "call_b", "time"),
    )

    chunk = ChatShape().delta(Piece("", tool_calls=deltas))

    assert chunk is not None
    assert chunk["delta"] == {
        "tool_calls": [
            {
                "index": 0,
                "id": "call_a",
                "type": "function",
                "function": {"name": "weather", "arguments": '{"city": "Paris"}'},
            },
            {"index": 1, "id": "call_b", "type": "function", "function": {"name": "time", "arguments": ""}},
        ]
    }
