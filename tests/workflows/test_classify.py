from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.builders import document, node
from workflows import Ports, check
from workflows.errors import ModelError
from workflows.events import Event, NodeFinished, RunFailed, RunFinished, Usage
from workflows.nodes.question_classifier import class_in
from workflows.ports import ChatChunk, Message
from workflows.testing import ScriptedModels, run_to_events, trace

MODEL = {"provider": "p", "name": "m"}
CLASSES = [{"id": "1", "name": "Returns"}, {"id": "two", "name": "Delivery of {{#start.what#}}", "label": "Parcels"}]


def sorting(**config: Any) -> dict[str, Any]:
    start = node("start", config={"variables": [{"name": "what", "type": "text"}]})
    classifier = node("c", "question-classifier", {"model": MODEL, "classes": CLASSES, **config})
    ends = [node(name, "answer", {"answer": name}) for name in ("back", "parcel")]
    return document(start, classifier, *ends, edges=["start>c", "c:1>back", "c:two>parcel"], mode="chat")


def finished(events: list[Event]) -> NodeFinished:
    return next(event for event in events if isinstance(event, NodeFinished) and event.node_id == "c")


async def test_a_class_is_a_way_out() -> None:
    models = ScriptedModels('```json\n{"category_id": "two", "category_name": "x"}\n```', usage=Usage(5, 2, 7, 0.5))

    events = await run_to_events(sorting(), {"what": "tea"}, Ports(models=models), query="Where is it?")

    done = finished(events)
    assert done.outputs == {
        "class_name": "Delivery of tea",
        "class_label": "Parcels",
        "class_id": "two",
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7, "cost": 0.5},
    }
    assert (done.handle, done.usage) == ("two", Usage(5, 2, 7, 0.5))
    assert "node_skipped back" in trace(events)
    assert isinstance(events[-1], RunFinished)
    assert events[-1].answer == "parcel"


async def test_the_model_is_told_classes_instruction_and_conversation() -> None:
    models = ScriptedModels('{"category_id": 1}')
    history = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]

    events = await run_to_events(
        sorting(instruction="Prefer {{#start.what#}}.", memory={"enabled": True}), {"what": "tea"},
        Ports(models=models), query="Q?", history=history,
    )  # fmt: skip

    system, user = models.requests[0].messages
    assert user == Message("user", "Q?")
    assert '{"category_id": "1", "category_name": "Returns"}' in system.content
    assert '{"category_id": "two", "category_name": "Delivery of tea"}' in system.content
    assert "Further instructions:\nPrefer tea." in system.content
    assert "Human: Hello\nAssistant: Hi" in system.content
    assert finished(events).outputs["class_label"] == "CLASS 1"


async def test_a_chinese_question_is_asked_in_chinese() -> None:
    models = ScriptedModels('{"category_id": "1"}')

    await run_to_events(sorting(), ports=Ports(models=models), query="我的包裹在哪里？什么时候到？请尽快告诉我具体时间")

    assert str(models.requests[0].messages[0].content).startswith("你负责给文本分类")


async def test_images_are_shown() -> None:
    class Files:
        async def read(self, file: dict[str, Any]) -> bytes:
            return b"\x89PNG"

    image = {"type": "image", "transfer_method": "local_file", "related_id": "f", "filename": "a.png"}
    models = ScriptedModels('{"category_id": "two"}')

    events = await run_to_events(
        sorting(vision={"enabled": True}), ports=Ports(models=models, files=Files()), query="Q", files=[image]
    )

    content = models.requests[0].messages[1].content
    assert [part["type"] for part in content if isinstance(part, dict)] == ["image_url", "text"]
    assert finished(events).inputs["messages"][1]["content"][0] == {
        "type": "image_url", "image_url": {"url": "data:image/png;base64,… (6 bytes)"},
    }  # fmt: skip


ROW = '{{"category_id": "{}", "category_name": "{}"}}'


async def test_a_server_may_choose_among_the_lines_that_name_the_classes() -> None:
    """Options stand for classes by their place: equal names, and names within each other, are told apart."""
    names = ["退货", "退货", "退货" * 400]
    classes = [{"id": str(at), "name": name} for at, name in enumerate(names)]
    rows = [ROW.format(at, name) for at, name in enumerate(names)]
    told = dict(zip(rows, (0.25, 0.70004, 0.0), strict=True))
    models = ScriptedModels([ChatChunk(text=rows[1]), ChatChunk(probabilities=told)])

    events = await run_to_events(
        document(
            node("start", "start"), node("c", "question-classifier", {"model": MODEL, "classes": classes}),
            node("a", "answer", {"answer": "x"}), edges=["start>c", "c:1>a"], mode="chat",
        ),
        ports=Ports(models=models), query="Q",
    )  # fmt: skip

    (request,) = models.requests
    assert request.options == rows
    assert all(row in str(request.messages[0].content) for row in rows)
    done = finished(events)
    assert (done.handle, done.outputs["class_name"]) == ("1", "退货")
    assert done.facts == {
        "reply": rows[1], "recognised": True, "probabilities": {"0": 0.25, "1": 0.7, "2": 0.0},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "at"),
    [
        ('{"category_id": "two"}', 1),
        ('<think>{"category_id": "two"}?</think>{"category_id": "1"}', 0),
        ("{'category_id': 'two',}", 1),
        ('[{"category_id": "two"}]', 1),
        ('{"category_id": "9", "category_name": "Parcels"}', 1),
        ("two", 1),
        ('"two"', 1),
        ("Parcels.", 1),
        ("1", 0),
        ("It is about parcels, I think.", 1),
        ("Either returns or parcels.", None),
        ('{"category_id": ["two"]}', None),
        ("I do not know", None),
        ("", None),
    ],
)
def test_a_reply_names_a_class(reply: str, at: int | None) -> None:
    assert class_in(reply, ["1", "two"], ["Returns", "Parcels"]) == at


async def test_a_reply_that_names_none_takes_the_first() -> None:
    events = await run_to_events(sorting(), ports=Ports(models=ScriptedModels("Hm.")), query="Q")

    done = finished(events)
    assert (done.handle, done.outputs["class_id"]) == ("1", "1")
    assert done.facts == {"reply": "Hm.", "recognised": False}


async def test_a_model_that_fails_fails_the_node() -> None:
    models = ScriptedModels(ModelError("model_busy", "Busy."))

    events = await run_to_events(sorting(), ports=Ports(models=models), query="Q")

    assert isinstance(events[-1], RunFailed)
    assert (events[-1].error.code, events[-1].error.node_id) == ("model_busy", "c")


def test_what_is_wrong_is_said_before_a_run() -> None:
    wrong = sorting(classes=[{"id": "1"}, {"id": "1"}], query=["sys", "nothing"], model={})

    faults = [(fault.code, fault.field) for fault in check(wrong) if fault.node_id == "c"]

    for fault in (
        ("model_missing", "model"),
        ("reference_unknown_variable", "query"),
        ("class_duplicate", "classes"),
        ("handle_unknown", "edges.c-two-parcel"),
    ):
        assert fault in faults
