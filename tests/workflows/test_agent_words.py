"""Agents whose model works in words, as ReAct has it, and ends however it replies."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.agents import TIME, finished, heard, work
from workflows.errors import ModelError
from workflows.ports import ChatRequest
from workflows.testing import ScriptedModels, answer_of

REACT = [
    'Thought: I need the time\nAction: {"action": "current_time", "action_input": {"timezone": "UTC"}}\n'
    "Observation: noon",
    "Thought: I know\nFinal Answer: It is midnight.",
]


async def test_a_model_works_in_words() -> None:
    models = ScriptedModels(*REACT)

    events = await work(models, TIME, strategy="react", instruction="Be brief.")

    done = finished(events)
    assert done.outputs["text"] == answer_of(events) == heard(events, "text") == "It is midnight."
    assert done.outputs["steps"][0]["output"] == "2026-01-01 00:00:00"
    assert heard(events, "reasoning") == "I need the time\nI know\n"
    assert models.requests[0].tools == []
    assert models.requests[0].stop == ["\nObservation:", "\nObservation："]
    system = str(models.requests[0].messages[0].content)
    assert '{"name": "current_time", "description": "Tells the current date and time.", "parameters": {' in system
    assert system.endswith("Be brief.")
    assert [(message.role, message.content) for message in models.requests[1].messages[2:]] == [
        ("assistant", REACT[0].partition("\nObservation")[0]), ("user", "Observation: 2026-01-01 00:00:00"),
    ]  # fmt: skip


async def test_a_model_without_functions_works_in_words() -> None:
    def reply(request: ChatRequest) -> Any:
        if request.tools:
            return ModelError("model_no_tools", "No.")
        return REACT[1] if len(request.messages) > 2 else REACT[0]

    events = await work(ScriptedModels(reply), TIME)

    assert finished(events).outputs["text"] == "It is midnight."
    assert finished(events).facts["strategy"] == "react"


async def test_a_model_that_takes_no_stop_words_is_asked_without() -> None:
    def reply(request: ChatRequest) -> Any:
        if request.stop:
            return ModelError("model_bad_request", "Unsupported parameter: 'stop'")
        return REACT[1] if len(request.messages) > 2 else REACT[0]

    models = ScriptedModels(reply)

    events = await work(models, TIME, strategy="react")

    assert finished(events).outputs["text"] == "It is midnight."
    assert [bool(request.stop) for request in models.requests] == [True, False, False]


@pytest.mark.parametrize(
    ("replies", "text"),
    [
        (["It is midnight."], "It is midnight."),
        (["Thought: hm", "Final Answer: yes"], "yes"),
        (["Thought: hm", "Thought: still hm"], "still hm"),
        (["最终答案：午夜"], "午夜"),
    ],
)
async def test_replies_in_no_form_end_somehow(replies: list[str], text: str) -> None:
    events = await work(ScriptedModels(*replies), TIME, strategy="react")

    assert finished(events).outputs["text"] == answer_of(events) == text


async def test_words_in_circles_come_to_an_end() -> None:
    action = 'Action: {"action": "current_time", "action_input": {"timezone": "UTC"}}'
    models = ScriptedModels(lambda r: "Final Answer: no" if "all the steps" in str(r.messages[-1].content) else action)

    events = await work(models, TIME, strategy="react")

    assert finished(events).facts == {"rounds": 5, "finish": "repeats", "strategy": "react"}
    assert finished(events).outputs["text"] == "no"
