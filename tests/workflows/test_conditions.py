"""If-else: cases, conditions on files, and references in what is compared with."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.builders import document, node
from workflows import check, load
from workflows.events import NodeFinished, RunFailed
from workflows.nodes.conditions import element_holds
from workflows.testing import run_to_events

PDF = {"type": "document", "transfer_method": "local_file", "filename": "a.pdf", "extension": ".pdf", "size": 100}
PNG = {"type": "image", "transfer_method": "remote_url", "filename": "b.png", "extension": ".PNG", "size": 2000}


def switch(*cases: dict[str, Any], dialect: str = "weft") -> dict[str, Any]:
    variables = [{"name": "v", "type": "json"}, {"name": "w", "type": "text"}]
    handles = [case.get("id", "true") for case in cases]
    return document(
        node("start", config={"variables": variables}), node("if", "if-else", {"cases": list(cases)}), node("end"),
        edges=["start>if", *(f"if:{handle}>end" for handle in [*handles, "false"])], dialect=dialect,
    )  # fmt: skip


def case(*conditions: dict[str, Any], case_id: str = "true", logical: str = "and") -> dict[str, Any]:
    return {"id": case_id, "logical": logical, "conditions": list(conditions)}


def on(operator: str, value: Any = "", **more: Any) -> dict[str, Any]:
    return {"selector": ["start", "v"], "operator": operator, "value": value, **more}


async def taken(definition: dict[str, Any], v: Any = None, w: str = "") -> str | None:
    events = await run_to_events(definition, {"v": v, "w": w})
    found = next(event for event in events if isinstance(event, NodeFinished) and event.node_id == "if")
    assert found.outputs == {"result": found.handle != "false", "selected_case_id": found.handle}
    return found.handle


async def test_the_first_case_that_holds_is_taken() -> None:
    definition = switch(
        case(on(">", "10"), case_id="large"), case(on(">", "5"), case_id="middle"), case(on("null"), case_id="none")
    )
    assert [await taken(definition, v) for v in (11, 7, 1, None)] == ["large", "middle", "false", "none"]


async def test_and_wants_all_and_or_wants_one() -> None:
    both, one = (switch(case(on(">", 1), on("<", 5), logical=logical)) for logical in ("and", "or"))
    assert [await taken(both, v) for v in (3, 7)] == ["true", "false"]
    assert [await taken(one, v) for v in (3, 7)] == ["true", "true"]


async def test_a_case_without_conditions_holds_with_and_only() -> None:
    assert await taken(switch(case())) == "true"
    assert await taken(switch(case(logical="or"))) == "false"


async def test_later_conditions_are_not_looked_at_once_it_is_decided() -> None:
    assert await taken(switch(case(on("is", "text"), on(">", 1), logical="or")), '"text"') == "true"


async def test_references_are_filled_in_also_within_a_list() -> None:
    assert await taken(switch(case(on("is", "x{{#start.w#}}z"))), '"xyz"', "y") == "true"
    assert await taken(switch(case(on("in", ["a", "{{#start.w#}}"]))), '"y"', "y") == "true"


def files(operator: str, *conditions: tuple[str, str, Any], logical: str = "and") -> dict[str, Any]:
    rows = [{"key": key, "operator": one, "value": value} for key, one, value in conditions]
    return switch(case(on(operator, sub={"logical": logical, "conditions": rows})))


@pytest.mark.parametrize(
    ("definition", "of_both", "of_none"),
    [
        (files("contains", ("type", "in", ["image"])), "true", "false"),
        (files("contains", ("extension", "is", "png")), "true", "false"),
        (files("contains", ("extension", "in", ["jpg", ".png"])), "true", "false"),
        (files("contains", ("size", ">", "1000")), "true", "false"),
        (files("contains", ("size", ">", "5000")), "false", "false"),
        (files("contains", ("name", "start with", "b")), "true", "false"),
        (files("contains", ("name", "is not", "b.png")), "false", "true"),
        (files("contains", ("name", "is", "x"), ("size", "<", "500"), logical="or"), "true", "false"),
        (files("contains", ("name", "is", "x"), ("size", "<", "500")), "false", "false"),
        (files("not contains", ("type", "in", ["audio"])), "true", "true"),
        (files("not contains", ("type", "in", ["image"])), "false", "true"),
        (files("all of", ("size", "<", "5000")), "true", "false"),
        (files("all of", ("type", "in", ["image"])), "false", "false"),
    ],
)
async def test_conditions_on_files(definition: dict[str, Any], of_both: str, of_none: str) -> None:
    assert (await taken(definition, [PDF, PNG]), await taken(definition, [])) == (of_both, of_none)


async def test_an_attribute_of_something_that_is_no_file_is_an_error() -> None:
    events = await run_to_events(files("contains", ("size", ">", "1")), {"v": [1]})

    assert isinstance(events[-1], RunFailed)
    assert events[-1].error.code == "condition_type"


@pytest.mark.parametrize("key", ["name", "filename", "url", "related_id"])
def test_attributes_of_files_go_by_all_their_names(key: str) -> None:
    ours = {**PDF, "url": "u", "related_id": "r"}
    theirs = {"dify_model_identity": "__dify__file__", "name": "a.pdf", "remote_url": "u", "upload_file_id": "r"}
    wanted = {"name": "a.pdf", "filename": "a.pdf", "url": "u", "related_id": "r"}[key]
    assert [element_holds(file, key, "is", wanted, "weft") for file in (ours, theirs)] == [True, True]


def test_faults_of_cases() -> None:
    twice = check(load(switch(case(), case(case_id="false"))))
    assert [fault.code for fault in twice if fault.severity == "error"] == ["edge_id_duplicate", "name_duplicate"]
    wrong = check(load(switch(case(on(">", sub={"conditions": []})))))
    assert [(fault.code, fault.field) for fault in wrong if fault.severity == "error"] == [
        ("condition_operator", "cases.0.conditions.0.operator")
    ]
