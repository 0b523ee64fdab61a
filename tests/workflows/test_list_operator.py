"""The list operator: filter, extract, order, limit, and their order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.builders import document, node
from workflows.events import NodeFinished, RunFailed
from workflows.testing import run_to_events


def file(name: str, size: int | None, kind: str = "document") -> dict[str, Any]:
    extension = "." + name.rpartition(".")[2]
    return {
        "type": kind, "transfer_method": "local_file", "filename": name, "extension": extension, "size": size, "url": ""
    }  # fmt: skip


A, B, C = file("a.pdf", 900), file("b.PNG", 1000, "image"), file("c.txt", None)


def graph(**config: Any) -> dict[str, Any]:
    variables = [{"name": "v", "type": "json"}, {"name": "w", "type": "text"}]
    work = node("l", "list-operator", {"items": ["start", "v"], **config})
    return document(node("start", config={"variables": variables}), work, node("end"), edges=["start>l>end"])


async def outputs(v: Any, w: str = "", **config: Any) -> dict[str, Any]:
    events = await run_to_events(graph(**config), {"v": v, "w": w})
    assert not isinstance(events[-1], RunFailed), events[-1]
    return next(e.outputs for e in events if isinstance(e, NodeFinished) and e.node_id == "l")


async def refused(v: Any, **config: Any) -> tuple[str, str | None]:
    events = await run_to_events(graph(**config), {"v": v})
    assert isinstance(events[-1], RunFailed)
    return events[-1].error.code, events[-1].error.field


def where(*conditions: tuple[str, str, Any], logical: str = "and") -> dict[str, Any]:
    return {"logical": logical, "conditions": [{"key": k, "operator": o, "value": v} for k, o, v in conditions]}


@pytest.mark.parametrize(
    ("v", "config", "result"),
    [
        (["b", "a"], {}, ["b", "a"]),
        (["b", "ab", "c"], {"filter": where(("", "contains", "b"))}, ["b", "ab"]),
        (["b", "ab", "c"], {"filter": where(("name", "start with", "a"))}, ["ab"]),
        ([3, 1, 2], {"filter": where(("", "≥", "2"))}, [3, 2]),
        ([3, 1, 2], {"filter": where(("", ">", "1"), ("", "<", "3"))}, [2]),
        ([3, 1, 2], {"filter": where(("", "=", "1"), ("", "=", "3"), logical="or")}, [3, 1]),
        ([True, False], {"filter": where(("", "is", True))}, [True]),
        ([1], {"filter": where()}, [1]),
        ([A, B, C], {"filter": where(("type", "in", ["image"]))}, [B]),
        ([A, B, C], {"filter": where(("extension", "in", ["png", ".pdf"]))}, [A, B]),
        ([A, B, C], {"filter": where(("size", ">", "500"))}, [A, B]),
        ([A, B, C], {"filter": where(("name", "not contains", "."))}, []),
        (["b", "a"], {"extract": "2"}, ["a"]),
        (["b", "a"], {"extract": "2.0"}, ["a"]),
        (["b", "a"], {"filter": where(("", "is", "a")), "extract": "1"}, ["a"]),
        (["b", "a", "c"], {"order": {}}, ["a", "b", "c"]),
        ([10, 9, 1.5], {"order": {"direction": "desc"}}, [10, 9, 1.5]),
        ([10, 9, 1.5], {"order": {"direction": "asc"}}, [1.5, 9, 10]),
        ([B, C, A], {"order": {"key": "size"}}, [C, A, B]),
        ([B, C, A], {"order": {"key": "name", "direction": "desc"}}, [C, B, A]),
        ([B, C, A], {"order": {}}, [A, B, C]),
        (["c", "b", "a"], {"limit": 2}, ["c", "b"]),
        (["c", "b", "a"], {"order": {}, "limit": 2}, ["a", "b"]),
        (["c", "b", "a"], {"extract": "1", "order": {}, "limit": 2}, ["c"]),
        ([], {"filter": where(("", "is", "x")), "extract": "7", "order": {"key": "?"}, "limit": 1}, []),
        ("", {"extract": "1"}, []),
        (None, {}, []),
        (0, {}, []),
    ],
)
async def test_what_becomes_of_a_list(v: Any, config: dict[str, Any], result: list[Any]) -> None:
    first, last = (result[0], result[-1]) if result else (None, None)
    assert await outputs(v, **config) == {"result": result, "first_record": first, "last_record": last}


async def test_references_are_filled_in() -> None:
    found = await outputs(["a", "b", "c"], "2", extract="{{#start.w#}}")
    assert found["result"] == ["b"]
    found = await outputs(["a", "b"], "b", filter=where(("", "is", "{{#start.w#}}")))
    assert found["result"] == ["b"]


@pytest.mark.parametrize(
    ("v", "config", "error"),
    [
        ({"a": 1}, {}, ("list_type", "items")),
        ("text in no list", {}, ("list_type", "items")),
        ([{"a": 1}], {}, ("list_type", "items")),
        ([1, "a"], {}, ("list_type", "items")),
        ([1, None], {}, ("list_type", "items")),
        ([True, 1], {}, ("list_type", "items")),
        (["a"], {"extract": "2"}, ("list_serial", "extract")),
        (["a"], {"extract": "0"}, ("list_serial", "extract")),
        (["a"], {"extract": "first"}, ("list_serial", "extract")),
        (["a"], {"extract": ""}, ("list_serial", "extract")),
        ([A], {"order": {"key": "colour"}}, ("list_order", "order.key")),
        (["a"], {"filter": where(("", ">", "1"))}, ("condition_type", None)),
    ],
)
async def test_what_cannot_be_done_says_so(v: Any, config: dict[str, Any], error: tuple[str, str | None]) -> None:
    v = f'"{v}"' if isinstance(v, str) else v
    assert await refused(v, **config) == error


async def test_a_list_nobody_made_is_missing() -> None:
    broken = graph(items=["start", "nowhere"])
    events = await run_to_events({**broken, "dialect": "dify"}, {})
    assert isinstance(events[-1], RunFailed)
    assert (events[-1].error.code, events[-1].error.field) == ("list_missing", "items")
