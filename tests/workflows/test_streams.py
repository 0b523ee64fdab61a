"""In which order an answer is streamed, whatever order its parts arrive in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.workflows.builders import document, llm, node, template
from workflows import Ports
from workflows.errors import ModelError
from workflows.events import AnswerDelta, AnswerReset, Event, NodeDelta, NodeFinished, RunFinished
from workflows.ports import ChatChunk, ChatRequest
from workflows.testing import FixedClock, ScriptedModels, answer_of, run_to_events, trace

START = node("start")


def answer(text: str, node_id: str = "answer") -> dict[str, Any]:
    return node(node_id, "answer", {"answer": text})


def deltas(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, AnswerDelta)]


def final(events: list[Event]) -> str:
    last = events[-1]
    assert isinstance(last, RunFinished), last
    assert last.answer == answer_of(events)
    return last.answer


class Gated:
    """Each node's model says its pieces when the node's turn in `order` comes; pieces are written `node=text`."""

    def __init__(self, *order: str) -> None:
        self._order = list(order)
        self._at = 0
        self._moved = asyncio.Event()

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        while any(step.startswith(request.node_id + "=") for step in self._order[self._at :]):
            name, _, text = self._order[self._at].partition("=")
            if name != request.node_id:
                self._moved.clear()
                await self._moved.wait()
                continue
            yield ChatChunk(text=text)
            await asyncio.sleep(0.04)
            self._at += 1
            self._moved.set()


async def test_text_before_the_first_value_comes_before_any_node() -> None:
    graph = document(START, llm("m"), answer("Well: {{#m.text#}}."), edges=["start>m>answer"], mode="chat")

    events = await run_to_events(graph, ports=Ports(models=ScriptedModels(["a", "b"])), query="q")

    assert isinstance(events[1], AnswerDelta)
    assert events[1].text == "Well: "
    assert final(events) == "Well: ab."


async def test_the_template_decides_the_order_of_two_parallel_models() -> None:
    graph = document(
        START, llm("one"), llm("two"), answer("{{#two.text#}} then {{#one.text#}}"),
        edges=["start>one>answer", "start>two>answer"], mode="chat",
    )  # fmt: skip

    events = await run_to_events(graph, ports=Ports(models=Gated("one=1", "two=2a", "one=1", "two=2b")), query="q")

    assert deltas(events) == ["2a", "2b", " then ", "11"] or deltas(events) == ["2a", "2b", " then 11"]
    assert final(events) == "2a2b then 11"


async def test_an_earlier_model_shown_later_is_held_back() -> None:
    graph = document(
        START, llm("a"), llm("b"), answer("{{#b.text#}}|{{#a.text#}}"), edges=["start>a>b>answer"], mode="chat"
    )

    events = await run_to_events(graph, ports=Ports(models=ScriptedModels("AAA", "BBB")), query="q")

    assert final(events) == "BBB|AAA"
    assert deltas(events)[0] == "BBB"


async def test_two_answers_in_a_chain_never_mix() -> None:
    graph = document(
        START, llm("a"), answer("1:{{#a.text#}};", "first"), llm("b"), answer("2:{{#b.text#}}", "second"),
        edges=["start>a>first>b>second"], mode="chat",
    )  # fmt: skip

    events = await run_to_events(graph, ports=Ports(models=ScriptedModels("AAA", "BBB")), query="q")

    assert final(events) == "1:AAA;2:BBB"
    speakers = [event.node_id for event in events if isinstance(event, AnswerDelta)]
    assert speakers == sorted(speakers)


BRANCH = {"cases": [{"id": "true", "conditions": [{"selector": ["sys", "query"], "operator": "is", "value": "go"}]}]}


@pytest.mark.parametrize(("query", "expected"), [("go", "yes hello"), ("stay", "no")])
async def test_nothing_is_said_before_a_decision(query: str, expected: str) -> None:
    graph = document(
        START, llm("m"), node("if", "if-else", BRANCH), answer("yes {{#m.text#}}", "yes"), answer("no", "no"),
        edges=["start>m>if", "if:true>yes", "if:false>no"], mode="chat",
    )  # fmt: skip

    events = await run_to_events(graph, ports=Ports(models=ScriptedModels("hello")), query=query)

    lines = [event.__class__.__name__ for event in events]
    assert final(events) == expected
    assert "AnswerDelta" not in lines[: trace(events).index("node_finished if")]


async def test_a_parallel_model_streams_through_a_branch_that_is_still_open() -> None:
    graph = document(
        START, llm("m"), node("if", "if-else", BRANCH), answer("one", "one"), answer("{{#m.text#}}", "two"),
        edges=["start>if", "if:true>one", "if:false>two", "start>m>two"], mode="chat",
    )  # fmt: skip

    events = await run_to_events(graph, ports=Ports(models=ScriptedModels("text")), query="go")

    assert final(events) == "textone"


async def test_a_value_without_a_stream_comes_whole() -> None:
    graph = document(
        START, llm("m"), template("t", "<{{ x }}>", x="m.text"), answer("{{#t.output#}}"),
        edges=["start>m>t>answer"], mode="chat",
    )  # fmt: skip

    events = await run_to_events(graph, ports=Ports(models=ScriptedModels(["a", "b", "c"], delay_s=0.03)), query="q")

    assert deltas(events) == ["<abc>"]
    assert final(events) == "<abc>"


async def test_a_skipped_value_prints_nothing() -> None:
    graph = document(
        START, node("if", "if-else", BRANCH), llm("m"),
        node("join", "variable-aggregator", {"selectors": [["m", "text"]]}),
        answer("[{{#m.text#}}]"), edges=["start>if", "if:true>m>join", "if:false>join", "join>answer"], mode="chat",
    )  # fmt: skip

    assert final(await run_to_events(graph, ports=Ports(models=ScriptedModels("hello")), query="stay")) == "[]"


class Breaking:
    """Says the pieces of one script per call; a script may end in an error."""

    def __init__(self, *scripts: list[str | ModelError]) -> None:
        self._scripts = list(scripts)

    async def chat(self, request: ChatRequest) -> AsyncIterator[ChatChunk]:
        for piece in self._scripts.pop(0):
            if isinstance(piece, ModelError):
                raise piece
            yield ChatChunk(text=piece)
            await asyncio.sleep(0.03)


LOST = ModelError("model_unreachable", "connection lost", retryable=True)
RETRY = {"retry": {"max": 1, "interval_ms": 0}}


async def test_a_retry_that_says_the_same_is_not_heard_twice() -> None:
    graph = document(
        START, {**llm("m"), "policy": RETRY}, answer("{{#m.text#}}"), edges=["start>m>answer"], mode="chat"
    )
    models = Breaking(["one ", "two ", LOST], ["one ", "two ", "three"])

    events = await run_to_events(graph, ports=Ports(models=models, clock=FixedClock()), query="q")

    assert not [event for event in events if isinstance(event, AnswerReset)]
    assert deltas(events) == ["one ", "two ", "three"]
    assert final(events) == "one two three"


async def test_a_retry_that_says_something_else_replaces_the_answer() -> None:
    graph = document(
        START, {**llm("m"), "policy": RETRY}, answer("> {{#m.text#}}"), edges=["start>m>answer"], mode="chat"
    )
    models = Breaking(["one ", "two ", LOST], ["one ", "2"])

    events = await run_to_events(graph, ports=Ports(models=models, clock=FixedClock()), query="q")

    assert [event.text for event in events if isinstance(event, AnswerReset)] == ["> one 2"]
    assert final(events) == "> one 2"


async def test_a_retry_that_says_less_replaces_the_answer_at_the_end() -> None:
    graph = document(
        START, {**llm("m"), "policy": RETRY}, answer("{{#m.text#}}"), edges=["start>m>answer"], mode="chat"
    )
    models = Breaking(["one ", "two ", LOST], ["one "])

    events = await run_to_events(graph, ports=Ports(models=models, clock=FixedClock()), query="q")

    assert final(events) == "one "


async def test_a_default_replaces_what_was_said_before_the_failure() -> None:
    policy = {"on_error": "default", "default_outputs": {"text": "sorry"}}
    graph = document(
        START, {**llm("m"), "policy": policy}, answer("{{#m.text#}}"), edges=["start>m>answer"], mode="chat"
    )

    events = await run_to_events(graph, ports=Ports(models=Breaking(["one ", LOST])), query="q")

    assert final(events) == "sorry"


async def test_an_answer_may_refer_to_the_system_and_to_variables() -> None:
    variables = {"conversation": [{"name": "mood", "value": "fine"}], "environment": [{"name": "KEY", "value": 3}]}
    text = "{{#sys.query#}} {{#conversation.mood#}} {{#env.KEY#}} {{#sys.files#}}"
    graph = document(START, answer(text), edges=["start>answer"], mode="chat", variables=variables)

    assert final(await run_to_events(graph, query="q")) == "q fine 3 "
    assert final(await run_to_events(graph, query="q", conversation={"mood": "bad"})) == "q bad 3 "


async def test_small_pieces_are_gathered() -> None:
    graph = document(START, llm("m"), answer("{{#m.text#}}"), edges=["start>m>answer"], mode="chat")

    events = await run_to_events(graph, ports=Ports(models=ScriptedModels(["x"] * 2000)), query="q")

    assert final(events) == "x" * 2000
    assert deltas(events)[0] == "x"
    assert len(deltas(events)) < 50


def end(node_id: str = "end", **outputs: str) -> dict[str, Any]:
    rows = [{"name": name, "selector": source.split(".")} for name, source in outputs.items()]
    return node(node_id, "end", {"outputs": rows})


async def test_a_workflow_says_what_its_end_gives_back_while_it_arrives() -> None:
    graph = document(START, llm("m"), template("t", "late"), end(said="m.text", then="t.output"),
                     edges=["start>m>t>end"])  # fmt: skip

    events = await run_to_events(graph, ports=Ports(models=ScriptedModels(["a", "b"], delay_s=0.04)), query="q")

    last = events[-1]
    assert isinstance(last, RunFinished)
    assert final(events) == "ab\nlate"
    assert last.outputs == {"said": "ab", "then": "late"}
    assert deltas(events) == ["a", "b", "\n", "late"]
    kinds = [type(event) for event in events]
    assert kinds.index(AnswerDelta) < kinds.index(NodeFinished, kinds.index(NodeDelta))


async def test_outputs_are_said_in_the_order_of_their_declaration() -> None:
    graph = document(START, llm("m"), template("t", "late"), end(first="t.output", second="m.text"),
                     edges=["start>m>t>end"])  # fmt: skip

    events = await run_to_events(graph, ports=Ports(models=ScriptedModels(["a", "b"], delay_s=0.04)), query="q")

    assert final(events) == "late\nab"
    assert deltas(events) == ["late\nab"]


async def test_several_ends_speak_one_after_the_other() -> None:
    graph = document(START, template("t", "one"), template("u", "two"), end("e1", o="t.output"),
                     end("e2", p="u.output"), edges=["start>t>u>e2", "t>e1"])  # fmt: skip

    assert final(await run_to_events(graph)) == "onetwo"


async def test_a_value_too_long_to_read_is_only_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.nodes.end.MAX_SAID", 3)
    graph = document(START, llm("m"), template("t", "long"), end(text="m.text", long="t.output"),
                     edges=["start>m>t>end"])  # fmt: skip

    events = await run_to_events(graph, ports=Ports(models=ScriptedModels(["read ", "already"])), query="q")

    last = events[-1]
    assert isinstance(last, RunFinished)
    assert final(events) == "read already\n"
    assert last.outputs == {"text": "read already", "long": "long"}
