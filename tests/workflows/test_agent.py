"""Agents that call tools by functions: steps, results, memory, ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workflows.agents import NOW, TIME, agent, finished, heard, observed, steps, work
from tests.workflows.builders import document, node
from workflows import Ports, RunInputs, check, compile, load
from workflows.agent.voice import HOLD_CHARS
from workflows.drive import drive
from workflows.errors import ModelError
from workflows.events import Event, RunFailed, RunFinished, Usage, decode, encode
from workflows.ports import ChatChunk, ChatRequest, HttpResponse
from workflows.state import citations, fold
from workflows.testing import (
    FakeCode,
    FakeHttp,
    FakeRetrieval,
    FakeTools,
    FixedClock,
    MemoryJournal,
    ScriptedModels,
    answer_of,
    calls,
    passage,
    run_to_events,
)


async def test_a_tool_is_called_and_its_result_told() -> None:
    models = ScriptedModels(["Let me look.", calls(NOW)], "It is midnight.", usage=Usage(2, 1, 3, 0.5))

    events = await work(models, TIME, instruction="Be brief.")

    done = finished(events)
    assert done.outputs == {
        "text": "It is midnight.",
        "usage": {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6, "cost": 1.0},
        "files": [],
        "json": [],
        "steps": [
            {
                "tool": "current_time",
                "arguments": {"timezone": "UTC"},
                "output": "2026-01-01 00:00:00",
                "error": None,
            }
        ],
        "passages": [],
    }
    assert done.usage == Usage(4, 2, 6, 1.0)
    assert done.facts == {"rounds": 2, "finish": "answer", "strategy": "function-calling"}
    assert [(step.index, step.name, step.kind) for step in steps(events)] == [
        (0, "m", "model"), (1, "current_time", "tool"), (2, "m", "model"),
    ]  # fmt: skip
    assert steps(events)[1].output["text"] == "2026-01-01 00:00:00"
    assert [message.role for message in models.requests[1].messages] == ["system", "user", "assistant", "tool"]
    assert models.requests[1].messages[2].tool_calls[0].name == "current_time"
    assert observed(models) == ["2026-01-01 00:00:00"]
    assert isinstance(events[-1], RunFinished)
    assert events[-1].answer == answer_of(events) == "It is midnight."
    assert events[-1].usage == Usage(4, 2, 6, 1.0)
    assert (heard(events, "text"), heard(events, "reasoning")) == ("It is midnight.", "Let me look.\n")


async def test_the_model_is_offered_what_is_left_to_fill_in() -> None:
    search = {
        "provider": "weft", "tool": "search_knowledge", "description": "Our handbook.",
        "arguments": [{"name": "dataset_ids", "value": ["d"]}, {"name": "top_k", "value": 2}],
    }  # fmt: skip
    models = ScriptedModels("ok")

    await work(
        models,
        search,
        TIME,
        {**TIME, "enabled": False},
        {"provider": "x", "tool": "天气", "description": "w"},
        TIME,
        tools=FakeTools(),
    )

    tools = {tool.name: tool for tool in models.requests[0].tools}
    assert list(tools) == ["search_knowledge", "current_time", "tool", "current_time_2"]
    assert tools["search_knowledge"].description == "Our handbook."
    assert list(tools["search_knowledge"].parameters["properties"]) == ["query"]


async def test_calls_of_one_reply_run_together_and_answer_in_order() -> None:
    made: list[tuple[str, dict[str, Any]]] = [
        ("http_request", {"url": "https://x.example"}), ("run_python", {"code": "1 + 1"}),
    ]  # fmt: skip
    models = ScriptedModels([calls(NOW, *made)], "Done.")
    web = {"provider": "weft", "tool": "http_request"}
    python = {"provider": "weft", "tool": "run_python"}

    events = await work(
        models, TIME, web, python, http=FakeHttp(HttpResponse(status=200, body=b"page"), delay_s=0.02),
        code=FakeCode(lambda request: {"two": 2}),
    )  # fmt: skip

    assert observed(models) == ["2026-01-01 00:00:00", "HTTP 200\n\npage", '{"two": 2}']
    assert [message.tool_call_id for message in models.requests[1].messages[-3:]] == ["c0", "c1", "c2"]
    assert [step["tool"] for step in finished(events).outputs["steps"]] == [name for name, _ in [NOW, *made]]
    assert sorted(step.index for step in steps(events)) == [0, 1, 2, 3, 4]


async def test_passages_are_numbered_through_and_cited() -> None:
    search = {"provider": "weft", "tool": "search_knowledge", "arguments": [{"name": "dataset_ids", "value": ["d"]}]}
    models = ScriptedModels(
        [calls(("search_knowledge", {"query": "tea"}))],
        [calls(("search_knowledge", {"query": "ice"}), first=1)],
        "[1] [2]",
    )

    events = await work(models, search, retrieval=FakeRetrieval([passage("Tea", "Hot.")]))

    assert observed(models) == ["[1] Tea\nHot.", "[2] Tea\nHot."]
    assert citations(fold(events)) == [passage("Tea", "Hot.")] * 2


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (("fly", {}), "Error: There is no tool 'fly'. There are: current_time."),
        (("current_time", {"timezone": "Mars"}), "Error: There is no time zone 'Mars'; one is Europe/Berlin."),
        (("current_time", {"x": 1}), "Error: current_time cannot be called so: the arguments: Additional "
         "properties are not allowed ('x' was unexpected)."),
    ],
)  # fmt: skip
async def test_what_goes_wrong_is_told_to_the_model(call: tuple[str, dict[str, Any]], said: str) -> None:
    models = ScriptedModels([calls(call)], "Sorry.")

    events = await work(models, TIME)

    assert observed(models) == [said]
    assert steps(events)[1].error is not None
    assert finished(events).outputs["text"] == "Sorry."


async def test_arguments_that_cannot_be_read_are_told_to_the_model() -> None:
    broken = calls(NOW).tool_calls[0]
    models = ScriptedModels(
        [ChatChunk(tool_calls=[type(broken)(index=0, id="c", name="current_time", arguments="[1]")])], "x"
    )

    await work(models, TIME)

    assert observed(models) == ["Error: The arguments of current_time must be one JSON object."]


async def test_the_same_call_again_and_again_comes_to_an_end() -> None:
    models = ScriptedModels(lambda request: [calls(NOW)] if request.tools else "I give up.")

    events = await work(models, TIME)

    assert finished(events).facts == {"rounds": 5, "finish": "repeats", "strategy": "function-calling"}
    assert finished(events).outputs["text"] == "I give up."
    made = [step for step in steps(events) if step.kind == "tool"]
    assert [step.error.code if step.error else None for step in made] == [None, None, "tool_repeated", "tool_repeated"]
    assert observed(models)[2].startswith("Error: This is the third time that you call current_time")


async def test_steps_come_to_an_end() -> None:
    models = ScriptedModels(
        lambda request: (
            [calls(("current_time", {"format": str(len(request.messages))}))] if request.tools else "Enough."
        )
    )

    events = await work(models, TIME, max_steps=3)

    assert finished(events).facts == {"rounds": 4, "finish": "steps", "strategy": "function-calling"}
    assert str(models.requests[-1].messages[-1].content).startswith("You have used all the steps")
    assert finished(events).outputs["text"] == "Enough."


async def test_a_long_answer_streams_while_it_arrives_and_stays_said() -> None:
    words = ["word "] * 100
    models = ScriptedModels([*words, calls(NOW)], "End.")

    events = await work(models, TIME, max_steps=3)

    said = "word " * 100 + "\n\nEnd."
    assert len(said) > HOLD_CHARS
    assert (heard(events, "text"), finished(events).outputs["text"], answer_of(events)) == (said, said, said)


async def test_memory_context_and_images_reach_the_model() -> None:
    class Files:
        async def read(self, file: dict[str, Any]) -> bytes:
            return b"\x89PNG"

    image = {"type": "image", "transfer_method": "local_file", "related_id": "f", "filename": "a.png"}
    models = ScriptedModels("ok")
    history = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]

    await run_to_events(
        agent(memory={"enabled": True}, vision={"enabled": True}, context=["sys", "query"], instruction="I"),
        ports=Ports(models=models, files=Files()), query="q", history=history, files=[image],
    )  # fmt: skip

    messages = models.requests[0].messages
    assert [message.role for message in messages] == ["system", "user", "assistant", "user"]
    assert messages[0].content == "I\n\nPassages that may help:\nq"
    assert [part["type"] for part in messages[3].content if isinstance(part, dict)] == ["image_url", "text"]


async def test_a_model_that_fails_fails_the_agent() -> None:
    events = await work(ScriptedModels(ModelError("model_auth", "No key.")), TIME)

    assert isinstance(events[-1], RunFailed)
    assert (events[-1].error.code, events[-1].error.node_id) == ("model_auth", "a")


async def test_another_workflow_is_a_tool() -> None:
    inner = document(
        node("start", config={"variables": [{"name": "city", "type": "text", "required": True}]}),
        node("end", config={"outputs": [{"name": "weather", "selector": ["start", "city"]}]}), edges=["start>end"],
        name="Weather",
    )  # fmt: skip
    tool = {"provider": "weft", "tool": "run_workflow", "arguments": [{"name": "app", "value": "weather"}]}

    def reply(request: ChatRequest) -> Any:
        told = [str(message.content) for message in request.messages if message.role == "tool"]
        cities = [["Bonn"], ["Rome", "Oslo"]]
        asked = len([message for message in request.messages if message.role == "assistant"])
        if asked < 2:
            made = [("run_workflow", {"city": city}) for city in cities[asked]]
            return [calls(*made, first=len(told))]
        return "; ".join(told)

    models = ScriptedModels("ok")
    plan = compile(load(agent(tool)), lambda app, version: load(inner) if app == "weather" else None)

    await drive(plan, run_id="r", inputs=RunInputs(query="q"), ports=Ports(models=models))
    assert [(tool.description, tool.parameters["properties"]) for tool in models.requests[0].tools] == [
        ("Runs the workflow “Weather”.", {"city": {"type": "string"}})
    ]

    async def finish_inner(history: list[Event]) -> list[Event]:
        journal = MemoryJournal()
        ports = Ports(models=ScriptedModels(reply), journal=journal, clock=FixedClock())
        await drive(plan, run_id="r", inputs=RunInputs(query="q"), ports=ports, history=history)
        return [*history, *journal.events]

    whole = await finish_inner([])
    said = '{"weather": "Bonn"}; {"weather": "Rome"}; {"weather": "Oslo"}'
    assert fold(whole).answer == said
    for cut in range(1, len(whole)):
        recovered = await finish_inner([decode(encode(event)) for event in whole[:cut]])
        assert fold(recovered).answer == answer_of(recovered) == said


def test_what_is_wrong_is_said_before_a_run() -> None:
    wrong = agent({"provider": "weft", "tool": "fly"}, {"tool": ""}, model={}, query=" ")

    faults = [(fault.code, fault.field) for fault in check(wrong) if fault.node_id == "a"]

    assert faults == [
        ("model_missing", "model"), ("tool_unknown", "tools.0.tool"), ("tool_empty", "tools.1.tool"),
        ("query_empty", "query"),
    ]  # fmt: skip


async def test_a_tool_that_is_nowhere_is_named_before_a_run_and_not_offered() -> None:
    search = {"provider": "tavily/tavily", "tool": "search"}
    models = ScriptedModels("ok")

    events = await work(models, search, TIME)

    faults = [(fault.code, fault.field, fault.severity) for fault in check(agent(search, TIME))]
    assert faults == [("tool_missing", "tools.0.tool", "warning")]
    assert finished(events).inputs["tools"] == ["current_time"]
    assert [tool.name for tool in models.requests[0].tools] == ["current_time"]


async def test_the_log_tells_what_was_new_in_each_question() -> None:
    events = await work(ScriptedModels([calls(NOW)], "ok"), TIME)

    told = [step.input["messages"] for step in steps(events) if step.kind == "model"]
    assert [[message["role"] for message in messages] for messages in told] == [["user"], ["assistant", "tool"]]
    assert json.dumps(told)
