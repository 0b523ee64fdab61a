"""The graphs every engine is timed on, as Dify writes them, and their inputs.

Knows shapes; knows no engine, and needs nothing but the standard library.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

SIZES: dict[str, tuple[int, ...]] = {
    "chain": (10, 100, 400),
    "fan": (10, 100, 400),
    "branch": (50,),
    "iteration": (50, 500),
}

Row = dict[str, Any]


def graph(kind: str, n: int) -> Row:
    """`chain`: n templates in a row. `fan`: n side by side, joined at the end. `branch`: n if-else nodes, each with a
    live and a dead arm. `iteration`: one template over n items.
    """
    nodes, edges, output = _SHAPES[kind](n)
    start: Row = {"id": "start", "data": {"type": "start", "title": "start", "variables": []}}
    outputs = [{"variable": "o", "value_selector": output}]
    end: Row = {"id": "end", "data": {"type": "end", "title": "end", "outputs": outputs}}
    return {"nodes": [start, *nodes, end], "edges": edges}


def app(kind: str, n: int) -> Row:
    """The graph in the envelope of a Dify workflow app."""
    workflow = {"graph": graph(kind, n), "features": {}, "environment_variables": [], "conversation_variables": []}
    about = {"name": f"{kind}-{n}", "mode": "workflow", "icon": "", "description": ""}
    return {"version": "0.3.0", "kind": "app", "app": about, "dependencies": [], "workflow": workflow}


def inputs(n: int) -> Row:
    return {"q": "hi", "items": [str(i) for i in range(n)]}


def _chain(n: int) -> tuple[list[Row], list[Row], list[str]]:
    ids = [f"n{i}" for i in range(n)]
    sources = [["start", "q"], *([each, "output"] for each in ids)]
    nodes = [_template(each, source) for each, source in zip(ids, sources, strict=False)]
    path = ["start", *ids, "end"]
    return nodes, [_edge(one, two) for one, two in itertools.pairwise(path)], sources[-1]


def _fan(n: int) -> tuple[list[Row], list[Row], list[str]]:
    ids = [f"n{i}" for i in range(n)]
    edges = [edge for each in ids for edge in (_edge("start", each), _edge(each, "end"))]
    return [_template(each, ["start", "q"]) for each in ids], edges, [ids[-1], "output"]


def _branch(n: int) -> tuple[list[Row], list[Row], list[str]]:
    nodes, edges, previous, handle = [], [], "start", "source"
    for i in range(n):
        nodes += [_if(f"if{i}"), _template(f"dead{i}", ["start", "q"])]
        edges += [_edge(previous, f"if{i}", handle), _edge(f"if{i}", f"dead{i}", "false")]
        previous, handle = f"if{i}", "true"
    return nodes, [*edges, _edge(previous, "end", handle)], ["start", "q"]


def _iteration(n: int) -> tuple[list[Row], list[Row], list[str]]:
    inside = {"iteration_id": "it", "isInIteration": True}
    data = {
        "type": "iteration", "title": "it", "iterator_selector": ["start", "items"], "output_selector": ["t", "output"],
        "start_node_id": "its", "is_parallel": False, "parallel_nums": 10, "error_handle_mode": "terminated",
        "flatten_output": True,
    }  # fmt: skip
    first = {"id": "its", "parentId": "it", "data": {"type": "iteration-start", "title": "", **inside}}
    body = {**_template("t", ["it", "item"], **inside), "parentId": "it"}
    return (
        [{"id": "it", "data": data}, first, body],
        [_edge("start", "it"), _edge("its", "t"), _edge("it", "end")],
        [
            "it",
            "output",
        ],
    )


_SHAPES: dict[str, Callable[[int], tuple[list[Row], list[Row], list[str]]]] = {
    "chain": _chain,
    "fan": _fan,
    "branch": _branch,
    "iteration": _iteration,
}


def _template(node_id: str, selector: list[str], **extra: Any) -> Row:
    variables = [{"variable": "x", "value_selector": selector}]
    data = {"type": "template-transform", "title": node_id, "template": "{{ x }}.", "variables": variables, **extra}
    return {"id": node_id, "data": data}


def _if(node_id: str) -> Row:
    condition = {
        "comparison_operator": "contains",
        "variable_selector": ["start", "q"],
        "value": "h",
        "varType": "string",
    }
    case = {"case_id": "true", "logical_operator": "and", "conditions": [condition]}
    return {"id": node_id, "data": {"type": "if-else", "title": node_id, "cases": [case]}}


def _edge(source: str, target: str, handle: str = "source") -> Row:
    return {
        "id": f"{source}-{handle}-{target}", "source": source, "target": target,
        "sourceHandle": handle, "targetHandle": "target",
    }  # fmt: skip
