from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.agent.react import Action, Follower, Said, read

RAIN = Action("weather", {"city": "Bonn"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('Thought: look\nAction: {"action": "weather", "action_input": {"city": "Bonn"}}', Said("look", RAIN)),
        ('Thought: look\nAction: weather\nAction Input: {"city": "Bonn"}', Said("look", RAIN)),
        ('思考：查天气\n行动：```json\n{"action": "weather", "action_input": {"city": "Bonn"}}\n```',
         Said("查天气", RAIN)),
        ("思考: 查\n行动: weather\n行动输入：{'city': 'Bonn',}", Said("查", RAIN)),
        ('**Thought:** look\n**Action:** `weather`\n**Action Input:** {"city": "Bonn"}', Said("look", RAIN)),
        ('Thought: look\n```json\n{"action": "weather", "action_input": {"city": "Bonn"}}\n```', Said("look", RAIN)),
        ('{"tool": "weather", "arguments": "{\\"city\\": \\"Bonn\\"}"}', Said("", RAIN)),
        ('{"name": "weather", "parameters": {"city": "Bonn"}}', Said("", RAIN)),
        ('Action: [{"action": "weather", "action_input": {"city": "Bonn"}}, {"action": "b"}]', Said("", RAIN)),
        ("Action: search[green tea]", Said("", Action("search", "green tea"))),
        ('Action: search("tea")', Said("", Action("search", "tea"))),
        ("Action: weather\nAction Input: Bonn", Said("", Action("weather", "Bonn"))),
        ("Action: current_time", Said("", Action("current_time", ""))),
        # What a model makes up after its action does not count.
        ('Action: {"action": "weather", "action_input": {"city": "Bonn"}}\nObservation: sun\nFinal Answer: sun',
         Said("", RAIN)),
        ("Thought: known\nFinal Answer: It rains.\nAction: take an umbrella", Said("known", None,
         "It rains.\nAction: take an umbrella")),
        ("最终答案：下雨", Said("", None, "下雨")),
        ('{"action": "Final Answer", "action_input": "rain"}', Said("", None, "rain")),
        ("Action: Final Answer\nAction Input: rain", Said("", None, "rain")),
        ("It rains: bring an umbrella.", Said("", None, "It rains: bring an umbrella.")),
        ('{"name": "Bob"}', Said("", None, '{"name": "Bob"}')),
        ("Thought: hm", Said("hm")),
        ("Action:", Said()),
        ("", Said("", None, "")),
    ],
)  # fmt: skip
def test_forms_of_a_reply(text: str, said: Said) -> None:
    assert read(text) == said


def followed(pieces: list[str]) -> tuple[str, str]:
    follower = Follower()
    told = [pair for piece in pieces for pair in follower.feed(piece)]
    return tuple("".join(text for kind, text in told if kind == wanted) for wanted in ("reasoning", "text"))  # type: ignore[return-value]


@given(st.lists(st.integers(0, 60), max_size=6))
def test_an_answer_is_heard_however_it_is_cut(cuts: list[int]) -> None:
    text = "Thought: look\nat this\n**Final Answer:** It rains.\nThought: no"
    ends = sorted(cuts)
    pieces = [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]

    assert followed(pieces) == ("look\nat this\n", "It rains.\nThought: no")


@pytest.mark.parametrize(
    "text",
    [
        'Thought: look\nAction: {"action": "w"}\nObservation: x\nFinal Answer: made up',
        "Just an answer",
        'Action: {"action": "w"}\n',
    ],
)
def test_nothing_but_an_answer_is_said(text: str) -> None:
    assert followed([text])[1] == ""


_WORDS = ["Thought:", "Action:", "Action Input:", "Observation:", "Final Answer:", "最终答案：", "行动：", "```json\n",
          "```", "\n", '{"action": "a", "action_input": {}}', "{", "}", "[", "x", " ", "**", '"', "a(b)"]  # fmt: skip
_REPLIES = st.lists(st.sampled_from(_WORDS) | st.text(max_size=4), max_size=14).map("".join)


@given(_REPLIES)
def test_reading_never_raises(text: str) -> None:
    said = read(text)

    assert said.action is None or said.answer is None
    reasoning, _ = followed([text])
    assert len(reasoning) <= len(text) + 1


_LONG = ["Action: {" * 20_000, "Thought: " * 50_000, "*" * 200_000 + ":", "Action: a[" + "x" * 200_000]


@pytest.mark.parametrize("text", _LONG)
def test_hostile_replies_end_soon(text: str) -> None:
    began = time.monotonic()

    read(text)
    followed([text])

    assert time.monotonic() - began < 3
