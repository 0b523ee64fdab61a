"""What single nodes do with their config, inputs and ports."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.builders import document, llm, node
from workflows import Ports
from workflows.errors import CodeError, RetrievalError
from workflows.events import Event, NodeFinished, RunFailed, Usage
from workflows.ports import ChatChunk, ChatRequest, Message
from workflows.registry import describe_kinds, kinds
from workflows.state import citations, fold
from workflows.testing import FakeCode, FakeRetrieval, ScriptedModels, passage, run_to_events

QUERY = node("start", config={"variables": [{"name": "q", "type": "text"}]})


def variable(kind: str, **extra: Any) -> dict[str, Any]:
    return document(
        node("start", config={"variables": [{"name": "v", "type": kind, **extra}]}),
        node("end", config={"outputs": [{"name": "v", "selector": ["start", "v"]}]}),
        edges=["start>end"],
    )


def error(events: list[Event]) -> tuple[str, str | None]:
    last = events[-1]
    assert isinstance(last, RunFailed), last
    return last.error.code, last.error.field


def finished(events: list[Event], node_id: str) -> NodeFinished:
    return next(event for event in events if isinstance(event, NodeFinished) and event.node_id == node_id)


async def test_start_hands_on_what_it_declares_and_nothing_else() -> None:
    events = await run_to_events(variable("number"), {"v": "4", "other": 1})

    assert finished(events, "start").outputs == {"v": 4}


async def test_start_refuses_what_does_not_fit() -> None:
    assert error(await run_to_events(variable("text", max_length=2), {"v": "abc"})) == ("input_invalid", "v")


async def test_start_names_every_wrong_input() -> None:
    variables = [{"name": name, "type": "number", "required": True} for name in ("a", "b")]
    start = node("start", config={"variables": variables})

    events = await run_to_events(document(start, node("end"), edges=["start>end"]), {"a": "x"})

    assert isinstance(events[-1], RunFailed)
    assert events[-1].error.message == "The input 'a' must be a number. The input 'b' is required."


def rag(**config: Any) -> dict[str, Any]:
    return document(
        node("start"), node("k", "knowledge-retrieval", {"dataset_ids": ["d"], "top_k": 2, "score_threshold": 0.5}),
        llm("m", "{{#context#}}\n\nQuestion: {{#sys.query#}}", context=["k", "result"], **config),
        node("answer", config={"answer": "{{#m.text#}}"}), edges=["start>k>m>answer"], mode="chat",
    )  # fmt: skip


PASSAGES = [passage("Tea", "Hot."), passage("", "Cold.", document_name="Ice.md"), passage("Third", "x")]


async def test_passages_become_numbered_blocks_and_citations() -> None:
    models, retrieval = ScriptedModels("Hot [1]."), FakeRetrieval(PASSAGES)

    events = await run_to_events(rag(), ports=Ports(models=models, retrieval=retrieval), query="Tea?")

    sent = models.requests[0].messages
    assert sent == [Message("user", "[1] Tea\nHot.\n\n[2] Ice.md\nCold.\n\nQuestion: Tea?")]
    request = retrieval.requests[0]
    assert (request.query, request.dataset_ids, request.top_k, request.score_threshold) == ("Tea?", ["d"], 2, 0.5)
    assert citations(fold(events)) == PASSAGES[:2]
    assert finished(events, "k").facts == {"passages": 2}


async def test_what_a_node_leaves_open_is_left_to_the_knowledge_base() -> None:
    models, retrieval = ScriptedModels("Hot [1]."), FakeRetrieval(PASSAGES)
    graph = rag()
    graph["nodes"][1]["config"] = {"dataset_ids": ["d"]}

    events = await run_to_events(graph, ports=Ports(models=models, retrieval=retrieval), query="Tea?")

    request = retrieval.requests[0]
    assert (request.top_k, request.score_threshold, request.reranking) == (None, None, None)
    assert finished(events, "k").facts == {"passages": 3}


async def test_an_empty_question_finds_nothing_without_asking() -> None:
    retrieval = FakeRetrieval(PASSAGES)

    events = await run_to_events(rag(), ports=Ports(models=ScriptedModels("x"), retrieval=retrieval))

    assert finished(events, "k").outputs == {"result": []}
    assert retrieval.requests == []


async def test_a_failing_search_keeps_its_code() -> None:
    retrieval = FakeRetrieval(error=RetrievalError("dataset_not_found", "gone"))

    events = await run_to_events(rag(), ports=Ports(retrieval=retrieval), query="q")

    assert error(events)[0] == "dataset_not_found"


def chat(**config: Any) -> dict[str, Any]:
    return document(node("start"), llm("m", **config), node("answer", config={"answer": "{{#m.text#}}"}),
                    edges=["start>m>answer"], mode="chat")  # fmt: skip


async def test_params_stop_and_schema_reach_the_model() -> None:
    model = {
        "provider": "p",
        "name": "n",
        "params": {"temperature": 0.5, "stop": "END", "seed": "{{#sys.dialogue_count#}}"},
    }
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "number"}}}
    models = ScriptedModels('Sure: ```json\n{"a": 1}\n```')

    events = await run_to_events(
        chat(model=model, structured_output=schema), ports=Ports(models=models), query="q", run_id="r"
    )

    assert finished(events, "m").outputs["structured_output"] == {"a": 1}
    request = models.requests[0]
    assert (request.provider, request.model, request.params) == ("p", "n", {"temperature": 0.5, "seed": 0})
    assert (request.stop, request.run_id, request.node_id) == (["END"], "r", "m")
    assert request.response_format == {"type": "json_schema", "json_schema": {"name": "output", "schema": schema}}


@pytest.mark.parametrize("reply", ["no json", '{"a": "text"}', "{}", "[1]"])
async def test_a_reply_that_misses_its_schema_fails(reply: str) -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "number"}}}

    events = await run_to_events(chat(structured_output=schema), ports=Ports(models=ScriptedModels(reply)), query="q")

    assert error(events)[0] == "structured_output_invalid"


class Thinking:
    """Thinks in tags cut at odd places, and in a field of its own."""

    def __init__(self, *chunks: ChatChunk) -> None:
        self.chunks = chunks

    async def chat(self, request: ChatRequest) -> Any:
        for chunk in self.chunks:
            yield chunk


TAGGED = [ChatChunk(text=text) for text in ("<th", "ink>he", "y</thi", "nk>\n\nSo: ", "a < b")]
FIELD = [ChatChunk(reasoning="he"), ChatChunk(reasoning="y"), ChatChunk(text="So: a < b", usage=Usage(1, 2, 3))]


@pytest.mark.parametrize(
    ("chunks", "form", "text", "reasoning"),
    [
        (TAGGED, "separated", "So: a < b", "hey"),
        (TAGGED, "tagged", "<think>hey</think>\n\nSo: a < b", ""),
        (FIELD, "separated", "So: a < b", "hey"),
        (FIELD, "tagged", "<think>hey</think>\nSo: a < b", ""),
    ],
)
async def test_thinking_is_told_apart(chunks: list[ChatChunk], form: str, text: str, reasoning: str) -> None:
    events = await run_to_events(chat(reasoning_format=form), ports=Ports(models=Thinking(*chunks)), query="q")

    outputs = finished(events, "m").outputs
    assert (outputs["text"], outputs["reasoning_content"]) == (text, reasoning)
    state = fold(events).nodes["m"]
    assert (state.text, state.reasoning) == (text, reasoning)


async def test_memory_keeps_a_window_and_goes_before_the_question() -> None:
    models = ScriptedModels("x")
    history = [{"role": role, "content": str(i)} for i, role in enumerate(["user", "assistant"] * 3)]
    prompt = [{"role": "system", "text": "s"}, {"role": "user", "text": "{{#sys.query#}}"}]

    await run_to_events(
        chat(prompt=prompt, memory={"enabled": True, "window": 3}),
        ports=Ports(models=models),
        query="q",
        history=history,
    )

    assert [message.content for message in models.requests[0].messages] == ["s", "4", "5", "q"]


async def test_a_jinja_message_sees_its_inputs() -> None:
    models = ScriptedModels("x")
    prompt = [{"role": "user", "text": "{% for f in files %}{{ f }}{% endfor %}{{ q }}", "syntax": "jinja2"}]
    inputs = [{"name": "q", "selector": ["sys", "query"]}, {"name": "files", "selector": ["sys", "files"]}]

    await run_to_events(chat(prompt=prompt, jinja2_inputs=inputs), ports=Ports(models=models), query="hi")

    assert models.requests[0].messages == [Message("user", "hi")]


def code(outputs: dict[str, str], source: str = "def main(): return {}") -> dict[str, Any]:
    config = {"code": source, "outputs": {name: {"type": kind} for name, kind in outputs.items()}}
    rows = [{"name": name, "selector": ["c", name]} for name in outputs]
    return document(QUERY, node("c", "code", config), node("end", config={"outputs": rows}), edges=["start>c>end"])


@pytest.mark.parametrize(
    ("outputs", "returned"),
    [
        ({"a": "string"}, {"a": None}),
        ({"a": "number"}, {"a": True}),
        ({"a": "array[object]"}, {"a": [{"b": 1}]}),
        ({"a": "array[string]"}, {"a": []}),
    ],
)
async def test_returned_values_of_the_declared_types_pass(outputs: dict[str, str], returned: dict[str, Any]) -> None:
    events = await run_to_events(code(outputs), {}, Ports(code=FakeCode(lambda request: returned)))

    assert finished(events, "c").outputs == returned


@pytest.mark.parametrize(
    ("outputs", "returned"),
    [
        ({"a": "string"}, {}),
        ({"a": "string"}, {"a": "x", "b": 1}),
        ({"a": "string"}, {"a": 1}),
        ({"a": "array[number]"}, {"a": ["x"]}),
        ({"a": "boolean"}, {"a": 1}),
        ({}, ["x"]),
    ],
)
async def test_other_returned_values_fail(outputs: dict[str, str], returned: Any) -> None:
    events = await run_to_events(code(outputs), {}, Ports(code=FakeCode(lambda request: returned)))

    assert error(events) == ("code_output", "code")


async def test_an_error_in_the_program_names_its_line() -> None:
    failing = FakeCode(lambda request: CodeError("code_failed", "ZeroDivisionError", line=3))

    events = await run_to_events(code({}), {}, Ports(code=failing))

    assert isinstance(events[-1], RunFailed)
    assert (events[-1].error.code, events[-1].error.line) == ("code_failed", 3)


def test_every_kind_describes_itself() -> None:
    described = {kind["kind"]: kind for kind in describe_kinds()}

    assert set(described) >= {
        "start", "end", "answer", "llm", "knowledge-retrieval", "if-else", "code", "template-transform", "http-request",
        "variable-aggregator",
    }  # fmt: skip
    assert described["llm"]["outputs"][0] == {"name": "text", "type": "string"}
    assert described["llm"]["streams"] == ["text"]
    assert described["llm"]["schema"]["properties"]["prompt"]["x-widget"] == "prompt"
    assert described["if-else"]["handles"] == "cases"
    for kind in kinds():
        kind.config.model_validate(kind.fresh())
