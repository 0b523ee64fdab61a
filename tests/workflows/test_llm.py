from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.builders import document, llm, node
from workflows import Ports, check
from workflows.errors import ModelError
from workflows.events import Event, NodeDelta, NodeFinished, RunFailed, RunFinished, Usage
from workflows.ports import ChatChunk, ChatRequest, Message
from workflows.prompts import context_text, window
from workflows.replies import without_thinking
from workflows.testing import ScriptedModels, answer_of, passage, run_to_events
from workflows.tokens import estimate_tokens

PNG = b"\x89PNG\r\n"
HISTORY = [
    {"role": "user", "content": "Who are you?"},
    {"role": "assistant", "content": "Weft."},
    {"role": "user", "content": "Good."},
    {"role": "assistant", "content": "Yes."},
]


def chat(**config: Any) -> dict[str, Any]:
    return document(node("start"), llm("m", **config), node("answer", config={"answer": "{{#m.text#}}"}),
                    edges=["start>m>answer"], mode="chat")  # fmt: skip


def finished(events: list[Event]) -> NodeFinished:
    return next(event for event in events if isinstance(event, NodeFinished) and event.node_id == "m")


def failed(events: list[Event]) -> tuple[str, str]:
    assert isinstance(events[-1], RunFailed)
    return events[-1].error.code, events[-1].error.message


class Files:
    """One picture for every file, except those that are gone."""

    async def read(self, file: dict[str, Any]) -> bytes:
        if file.get("related_id") == "gone":
            raise FileNotFoundError("There is no such file.")
        return PNG


def picture(**given: Any) -> dict[str, Any]:
    return {"type": "image", "transfer_method": "local_file", "related_id": "f", "filename": "a.png", **given}


async def sent(files: list[dict[str, Any]] | None = None, history: list[dict[str, Any]] | None = None, **config: Any):  # type: ignore[no-untyped-def]
    models = ScriptedModels("ok")
    events = await run_to_events(
        chat(**config), ports=Ports(models=models, files=Files()), query="q", files=files or [], history=history or []
    )
    return models.requests[0].messages if models.requests else events


async def test_images_go_in_front_of_the_question() -> None:
    text = {"type": "document", "transfer_method": "local_file", "filename": "a.txt"}
    prompt = [{"role": "system", "text": "s"}, {"role": "user", "text": "What is it?"}]

    messages = await sent([picture(), text], prompt=prompt, vision={"enabled": True, "detail": "low"})

    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0K", "detail": "low"}}
    assert messages == [Message("system", "s"), Message("user", [image, {"type": "text", "text": "What is it?"}])]


async def test_images_get_a_message_of_their_own_where_nobody_asks() -> None:
    messages = await sent([picture()], prompt=[{"role": "system", "text": "s"}], vision={"enabled": True})

    assert [(message.role, len(message.content)) for message in messages] == [("system", 1), ("user", 1)]


@pytest.mark.parametrize("vision", [None, {"enabled": False}, {"enabled": True, "selector": ["sys", "query"]}])
async def test_no_images_are_sent_unasked(vision: Any) -> None:
    assert await sent([picture()], vision=vision) == [Message("user", "q")]


async def test_a_remote_image_is_named_where_no_files_can_be_read() -> None:
    models = ScriptedModels("ok")
    remote = {"type": "image", "transfer_method": "remote_url", "url": "https://x.example/a.png"}

    await run_to_events(chat(vision={"enabled": True}), ports=Ports(models=models), query="q", files=[remote])

    assert models.requests[0].messages[0].content[0] == {
        "type": "image_url", "image_url": {"url": "https://x.example/a.png", "detail": "high"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([picture(related_id="gone")], "file_unreadable"),
        ([picture()] * 21, "images_too_many"),
    ],
)
async def test_an_image_that_cannot_be_sent_fails_before_the_model_is_asked(files: Any, code: str) -> None:
    assert failed(await sent(files, vision={"enabled": True}))[0] == code


async def test_a_model_that_cannot_see_is_named() -> None:
    models = ScriptedModels(ModelError("model_no_vision", "It reads text only."))

    events = await run_to_events(
        chat(vision={"enabled": True}), ports=Ports(models=models, files=Files()), query="q", files=[picture()]
    )

    assert failed(events) == (
        "model_no_vision",
        "The model 'fake' was given images. It reads text only. Choose a model that can see, or turn vision off.",
    )


async def test_a_question_of_its_own_follows_the_conversation() -> None:
    prompt = [{"role": "system", "text": "s"}, {"role": "user", "text": "u"}]

    messages = await sent(
        history=HISTORY, prompt=prompt, memory={"enabled": True, "window": 2, "query": "<{{#sys.query#}}>"}
    )

    assert [message.content for message in messages] == ["s", "u", "Good.", "Yes.", "<q>"]


async def test_a_completion_is_one_text_with_the_conversation_in_it() -> None:
    prompt = [{"text": "{{#histories#}}\nHuman: {{#sys.query#}}\n"}]
    memory = {"enabled": True, "window": None, "roles": {"user": "U", "assistant": "A"}}

    messages = await sent(history=HISTORY[:2], prompt=prompt, mode="completion", memory=memory)

    assert messages == [Message("user", "U: Who are you?\nA: Weft.\nHuman: q\n")]


@pytest.mark.parametrize(
    ("size", "max_tokens", "kept"),
    [(None, None, 4), (0, None, 4), (3, None, 2), (None, 12, 2), (None, 1, 0), (2, 1000, 2), (None, 17, 2)],
)
def test_the_window_keeps_the_latest(size: int | None, max_tokens: int | None, kept: int) -> None:
    assert window(HISTORY, size, max_tokens) == HISTORY[len(HISTORY) - kept :]


@pytest.mark.parametrize(
    ("value", "weft", "dify"),
    [
        (None, "", ""),
        ("text", "text", "text"),
        ([passage("Tea", "Hot."), "more"], "[1] Tea\nHot.\n\nmore", "Hot.\nmore"),
        ({"content": "c", "summary": "s"}, "[1] \nc", "s\nc"),
        ([{"metadata": "odd", "content": 1}], "[1] \n1", "1"),
    ],
)
def test_context_is_written_out(value: Any, weft: str, dify: str) -> None:
    assert (context_text(value), context_text(value, "dify")) == (weft, dify)


SCHEMA = {"type": "object", "required": ["a"], "properties": {"a": {"type": "number", "minimum": 1}}}


async def test_a_reply_that_does_not_fit_is_corrected_once() -> None:
    models = ScriptedModels('{"a": 0}', '{"a": 2}', usage=Usage(1, 1, 2, 0.25))

    events = await run_to_events(chat(structured_output=SCHEMA), ports=Ports(models=models), query="q")

    outputs = finished(events).outputs
    assert (outputs["structured_output"], outputs["text"]) == ({"a": 2}, '{"a": 2}')
    assert finished(events).usage == Usage(2, 2, 4, 0.5)
    assert [message.role for message in models.requests[1].messages] == ["user", "assistant", "user"]
    assert "it.a: 0 is less than the minimum of 1" in str(models.requests[1].messages[2].content)
    assert isinstance(events[-1], RunFinished)
    assert events[-1].answer == answer_of(events) == '{"a": 2}'


@pytest.mark.parametrize("reply", ["Sure: {'a': '3',}", '<think>{"a": 9}</think>```json\n{"a": 3}\n```', '{"a": 3'])
async def test_json_is_taken_as_models_write_it(reply: str) -> None:
    models = ScriptedModels(reply)

    events = await run_to_events(
        chat(structured_output=SCHEMA, reasoning_format="tagged"), ports=Ports(models=models), query="q"
    )

    assert finished(events).outputs["structured_output"] == {"a": 3}
    assert len(models.requests) == 1


async def test_a_model_without_schemas_is_told_in_words() -> None:
    def reply(request: ChatRequest) -> Any:
        return ModelError("model_no_schema", "No.") if request.response_format else '{"a": 1}'

    models = ScriptedModels(reply)
    prompt = [{"role": "system", "text": "s"}, {"role": "user", "text": "u"}]

    events = await run_to_events(chat(structured_output=SCHEMA, prompt=prompt), ports=Ports(models=models), query="q")

    assert finished(events).outputs["structured_output"] == {"a": 1}
    system = str(models.requests[1].messages[0].content)
    assert system.startswith("s\n\nReply with one JSON value")
    assert '"minimum": 1' in system


async def test_a_reply_without_end_is_given_up() -> None:
    class Endless:
        closed = False

        async def chat(self, request: ChatRequest) -> Any:
            try:
                while True:
                    yield ChatChunk(text="x" * 100_000)
            finally:
                self.closed = True

    models = Endless()

    events = await run_to_events(chat(), ports=Ports(models=models), query="q")

    assert failed(events)[0] == "model_reply_too_long"
    assert models.closed


async def test_text_streams_and_thinking_apart() -> None:
    models = ScriptedModels([ChatChunk(reasoning="hm"), "a ", "b"])

    events = await run_to_events(chat(), ports=Ports(models=models, gather_s=0), query="q")

    deltas = [(event.output, event.text) for event in events if isinstance(event, NodeDelta)]
    assert "".join(text for output, text in deltas if output == "text") == "a b"
    assert "".join(text for output, text in deltas if output == "reasoning") == "hm"


@pytest.mark.parametrize(
    ("text", "rest"),
    [("<think>a</think>b", "b"), ("a</think>b", "b"), ("<think>a", ""), ("b", "b"), ("x <think>a</think> y", "x  y")],
)
def test_thinking_is_left_out(text: str, rest: str) -> None:
    assert without_thinking(text) == rest


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("abcd", 1), ("abcde", 2), ("天气", 2), ("é", 1)])
def test_tokens_are_guessed(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


def test_what_is_wrong_is_said_before_a_run() -> None:
    faulty = chat(
        mode="completion", memory={"enabled": True}, structured_output={"type": "objekt"}, context=["sys", "files"]
    )

    faults = [(fault.code, fault.field) for fault in check(faulty) if fault.node_id == "m"]

    assert faults == [
        ("schema_invalid", "structured_output"),
        ("context_unused", "context"),
        ("histories_unused", "memory"),
    ]
