"""Answers inside containers, and answers that show variables: what is streamed, and in which order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.workflows.builders import document, llm, node, template
from tests.workflows.containers import add, each, inside
from workflows import Ports
from workflows.errors import ModelError
from workflows.events import AnswerDelta, AnswerReset, Event, NodeFinished, RunFinished
from workflows.ports import ChatChunk, ChatRequest
from workflows.testing import FixedClock, ScriptedModels, answer_of, run_to_events

START = node("start", config={"variables": [{"name": "items", "type": "json"}]})


def answer(text: str, node_id: str = "answer") -> dict[str, Any]:
    return node(node_id, "answer", {"answer": text})


def said(events: list[Event]) -> list[tuple[str, str, str]]:
    """Frame, node and text of every delta."""
    return [(event.frame, event.node_id, event.text) for event in events if isinstance(event, AnswerDelta)]


def final(events: list[Event]) -> str:
    last = events[-1]
    assert isinstance(last, RunFinished), last
    assert last.answer == answer_of(events)
    return last.answer


async def test_every_frame_of_an_iteration_says_its_answer_in_turn() -> None:
    graph = document(
        START, each(output="say.answer"), *inside("each", answer("{{#each.item#}}\n", "say")), answer("done"),
        edges=["start>each>answer", "each:body>say"], mode="chat",
    )  # fmt: skip

    events = await run_to_events(graph, {"items": ["apple", "banana"]}, query="q")

    assert said(events) == [("each:0", "say", "apple\n"), ("each:1", "say", "banana\n"), ("", "answer", "done")]
    assert final(events) == "apple\nbanana\ndone"


class Backwards:
    """Later elements answer sooner."""

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        text = str(request.messages[-1].content)
        await asyncio.sleep(0.05 * (4 - int(text)))
        for piece in (text, "."):
            yield ChatChunk(text=piece)
            await asyncio.sleep(0.03)


async def test_parallel_frames_speak_in_the_order_of_their_elements() -> None:
    graph = document(
        START, each(output="m.text", parallel=4),
        *inside("each", llm("m", "{{#each.item#}}"), answer("<{{#m.text#}}>", "say")),
        answer("end"), edges=["start>each>answer", "each:body>m>say"], mode="chat",
    )  # fmt: skip

    events = await run_to_events(graph, {"items": [0, 1, 2, 3]}, Ports(models=Backwards()), query="q")

    assert final(events) == "<0.><1.><2.><3.>end"
    frames = [frame for frame, _, _ in said(events)]
    assert frames == sorted(frames, key=lambda frame: frame or "z")
    assert ("each:0", "say", "0") in said(events)


async def test_every_round_of_a_loop_streams() -> None:
    variable = {"name": "n", "type": "number", "source": "constant", "value": 0}
    graph = document(
        START, node("again", "loop", {"max_rounds": 2, "variables": [variable]}),
        *inside("again", add("again", 1), answer("{{#again.n#}}\n", "say")),
        answer("{{#sys.query#}} + {{#again.n#}}"),
        edges=["start>again>answer", "again:body>add>say"], mode="chat",
    )  # fmt: skip

    events = await run_to_events(graph, {}, query="one")

    assert final(events) == "1\n2\none + 2"
    assert [frame for frame, _, _ in said(events)] == ["again:0", "again:1", ""]


async def test_answers_of_nested_containers_keep_their_order() -> None:
    inner = each("inner", "outer.item", "m.text", parallel=3)
    graph = document(
        START, each("outer", output="inner.output", parallel=2),
        *inside("outer", answer("[", "before"), inner, answer("]", "after")),
        *inside("inner", llm("m", "{{#inner.item#}}"), answer("{{#m.text#}}", "say")), answer("!"),
        edges=["start>outer>answer", "outer:body>before>inner>after", "inner:body>m>say"], mode="chat",
    )  # fmt: skip

    events = await run_to_events(graph, {"items": [[0, 1], [], [2]]}, Ports(models=Backwards()), query="q")

    assert final(events) == "[0.1.][][2.]!"


LOST = ModelError("model_lost", "lost", retryable=True)


async def test_a_container_that_is_tried_again_speaks_from_its_beginning() -> None:
    tries: list[str] = []

    def reply(request: ChatRequest) -> list[str] | ModelError:
        tries.append(str(request.messages[-1].content))
        return LOST if len(tries) == 2 else [tries[-1], str(len(tries) // 3)]

    again = {**each(output="m.text"), "policy": {"retry": {"max": 1, "interval_ms": 0}}}
    graph = document(
        START, again, *inside("each", llm("m", "{{#each.item#}}"), answer("{{#m.text#}};", "say")), answer("end"),
        edges=["start>each>answer", "each:body>m>say"], mode="chat",
    )  # fmt: skip

    ports = Ports(models=ScriptedModels(reply), clock=FixedClock())
    events = await run_to_events(graph, {"items": ["a", "b"]}, ports, query="q")

    assert tries == ["a", "b", "a", "b"]
    assert final(events) == "a1;b1;end"
    assert [event.text for event in events if isinstance(event, AnswerReset)]


async def test_a_failed_frame_takes_back_what_it_was_saying() -> None:
    def reply(request: ChatRequest) -> list[str] | ModelError:
        text = str(request.messages[-1].content)
        return LOST if text == "b" else [text]

    graph = document(
        START, each(output="m.text", on_error="drop"),
        *inside("each", llm("m", "{{#each.item#}}"), answer("about {{#m.text#}};", "say")), answer("end"),
        edges=["start>each>answer", "each:body>m>say"], mode="chat",
    )  # fmt: skip

    events = await run_to_events(graph, {"items": ["a", "b", "c"]}, Ports(models=ScriptedModels(reply)), query="q")

    assert final(events) == "about a;about c;end"


def assigning(*edges: str) -> dict[str, Any]:
    """An assigner behind a model, and an answer that shows the variable."""
    item = {"target": ["conversation", "s"], "operation": "over-write", "source": "variable", "value": ["m", "text"]}
    return document(
        START, llm("m"), node("set", "assigner", {"items": [item]}), answer("> {{#conversation.s#}}"),
        edges=list(edges), mode="chat", variables={"conversation": [{"name": "s", "value": "old"}]},
    )  # fmt: skip


async def test_an_answer_waits_for_the_assigner_of_the_variable_it_shows() -> None:
    events = await run_to_events(
        assigning("start>m>set>answer"), {}, Ports(models=ScriptedModels(["new ", "text"])), query="q"
    )

    assert [text for _, _, text in said(events)] == ["> ", "new text"]
    assert final(events) == "> new text"


async def test_an_answer_waits_for_an_assigner_inside_a_container() -> None:
    item = {"target": ["conversation", "s"], "operation": "over-write", "source": "variable", "value": ["sys", "query"]}
    graph = document(
        START, each(output="t.output"), *inside("each", template("t", "x"), node("set", "assigner", {"items": [item]})),
        answer("{{#conversation.s#}}"), edges=["start>each>answer", "each:body>t>set"], mode="chat",
        variables={"conversation": [{"name": "s", "value": "old"}]},
    )  # fmt: skip

    events = await run_to_events(graph, {"items": [1, 2]}, query="fresh")

    assert [text for _, _, text in said(events)] == ["fresh"]
    assert final(events) == "fresh"


@pytest.mark.parametrize("width", [200])
async def test_answers_in_a_wide_diamond_cost_little(width: int) -> None:
    case = {"cases": [{"id": "true", "conditions": [{"selector": ["sys", "query"], "operator": "is", "value": "q"}]}]}
    nodes: list[dict[str, Any]] = []
    edges = ["start>if0"]
    for i in range(width):
        nodes += [node(f"if{i}", "if-else", case), answer("a", f"a{i}"), answer("b", f"b{i}"), template(f"j{i}", "x")]
        edges += [f"if{i}:true>a{i}>j{i}", f"if{i}:false>b{i}>j{i}", f"j{i}>{f'if{i + 1}' if i + 1 < width else 'end'}"]
    graph = document(START, *nodes, answer("!", "end"), edges=edges, mode="chat")
    began = asyncio.get_running_loop().time()

    events = await run_to_events(graph, {}, query="q")

    assert final(events) == "a" * width + "!"
    assert asyncio.get_running_loop().time() - began < 3
    assert len([event for event in events if isinstance(event, NodeFinished)]) == 3 * width + 2
