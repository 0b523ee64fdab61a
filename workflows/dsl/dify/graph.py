"""A Dify graph as the nodes, edges and layout of a document, and back; each node and edge on its own.

Knows what all node types share: ids, titles, policies, containers, places. The types' own data is read in `kinds`.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from workflows.definition import Policy
from workflows.dsl.dify.kinds import from_dify, to_dify
from workflows.dsl.dify.kinds.base import Source, handle
from workflows.dsl.dify.loose import decoded, mapping, mappings, text, within
from workflows.dsl.dify.repair import CONTAINERS, kind_of
from workflows.errors import Fault

Row = dict[str, Any]
EDGE_SETTLED = frozenset((("id",), ("source",), ("target",), ("sourceHandle",)))
_INSIDE = ("isInIteration", "iteration_id", "isInLoop", "loop_id", "start_node_id")
_DRAWN = frozenset(
    (("width",), ("height",), ("selected",), ("positionAbsolute",), ("id",), ("parentId",),
     *(("data", key) for key in _INSIDE))
)  # fmt: skip
_SIZE = {"width": 244, "height": 90}
_SIZED = ("iteration", "loop", "note")


def read_node(node: Row, parent: str | None, faults: list[Fault], ways: frozenset[str] = frozenset()) -> Row:
    """A node of a document. `ways` are the ways out that edges leave by."""
    data = mapping(node.get("data"))
    kind, config = from_dify(kind_of(node), Source(data, node["id"], faults, ways))
    written = {"id": node["id"], "kind": kind, "title": text(data.get("title")), "parent": parent, "config": config}
    policy = _read_policy(data)
    return {**written, "policy": policy} if policy else written


def _read_policy(data: Row) -> Row:
    policy: Row = {}
    retry = mapping(data.get("retry_config"))
    if retry.get("retry_enabled") is True:
        tries = within(retry.get("max_retries"), 0, 0, 10)
        policy["retry"] = {"max": tries, "interval_ms": within(retry.get("retry_interval"), 1000, 0, 60_000)}
    if data.get("error_strategy") == "fail-branch":
        policy["on_error"] = "branch"
    if data.get("error_strategy") == "default-value":
        policy["on_error"] = "default"
        rows = [row for row in mappings(data.get("default_value")) if text(row.get("key"))]
        policy["default_outputs"] = {text(row["key"]): _default(row) for row in rows}
    return policy


def _default(row: Row) -> Any:
    value = row.get("value")
    return value if row.get("type") in (None, "string") else decoded(value)


def read_place(node: Row) -> Row:
    """Where a node lies; how large it is where people decide that."""
    position, data = mapping(node.get("position")), mapping(node.get("data"))
    place: Row = {axis: _length(position.get(axis)) or 0 for axis in ("x", "y")}
    if kind_of(node) in _SIZED:
        for side in ("width", "height"):
            length = _length(data.get(side)) or _length(node.get(side))
            if length:
                place[side] = length
    return place


def _length(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def read_edge(edge: Row) -> Row:
    """An edge of a document."""
    found = {"id": edge["id"], "source": edge["source"], "target": edge["target"]}
    return {**found, "handle": handle(edge["sourceHandle"], "source")}


def write_node(node: Row, kinds: dict[str, str], layout: Row) -> tuple[Row, frozenset[tuple[str | int, ...]]]:
    """A node of a Dify graph, and the paths in it that are always written anew."""
    dify, data, settled = to_dify(node["kind"], node["config"])
    place = mapping(layout.get(node["id"]))
    data = _foreign_data(node, data) if node["kind"] == "placeholder" else _data(node, dify, data, kinds)
    written: Row = {"id": node["id"], "type": "custom-note" if dify == "note" else "custom", "data": data}
    written |= _place_data(place)
    if dify in _SIZED:
        # Only what is known: a size of our own making would be read as people's.
        size = {side: place[side] for side in _SIZE if side in place}
        written = {key: item for key, item in written.items() if key not in _SIZE} | size
        written["data"] = {**data, **size}
    if node["parent"]:
        written |= {"parentId": node["parent"], "zIndex": 1002}
    absolute = {axis: _absolute(axis, node, layout) for axis in ("x", "y")}
    return {**written, "positionAbsolute": absolute}, _DRAWN | {("data", key) for key in settled}


def _data(node: Row, dify: str, data: Row, kinds: dict[str, str]) -> Row:
    written = {"desc": "", **data, "type": "" if dify == "note" else dify, "title": node["title"], "selected": False}
    inside = _inside(node["parent"], kinds) if node["parent"] else {}
    return {**written, **inside, **_policy_data(mapping(node.get("policy")))}


def _foreign_data(node: Row, data: Row) -> Row:
    """A placeholder's data as it was, with what people may have changed about the node."""
    changed = {"title": node["title"]} if node["title"] != text(data.get("title")) else {}
    policy = mapping(node.get("policy"))
    same = Policy.model_validate(policy) == Policy.model_validate(_read_policy(data))
    return {**data, **changed, **({} if same else _policy_data(policy))}


def _place_data(place: Row) -> Row:
    position = {axis: place.get(axis, 0) for axis in ("x", "y")}
    return {"position": position, "sourcePosition": "right", "targetPosition": "left", "selected": False, **_SIZE}


def _absolute(axis: str, node: Row, layout: Row) -> float:
    """The place on the canvas; a child's is kept relative to its container, which lies at the top level mostly."""
    own = _length(mapping(layout.get(node["id"])).get(axis)) or 0
    parent = _length(mapping(layout.get(node["parent"] or "")).get(axis)) or 0
    return own + parent


def _inside(parent: str, kinds: dict[str, str]) -> Row:
    if kinds.get(parent) == "loop":
        return {"isInLoop": True, "loop_id": parent}
    return {"isInIteration": True, "iteration_id": parent}


def _policy_data(policy: Row) -> Row:
    data: Row = {}
    retry = mapping(policy.get("retry"))
    if retry.get("max"):
        interval = retry.get("interval_ms", 1000)
        data["retry_config"] = {"retry_enabled": True, "max_retries": retry["max"], "retry_interval": interval}
    if policy.get("on_error") == "branch":
        data["error_strategy"] = "fail-branch"
    if policy.get("on_error") == "default":
        outputs = mapping(policy.get("default_outputs"))
        rows = [{"key": key, "type": _type_of(value), "value": value} for key, value in outputs.items()]
        data |= {"error_strategy": "default-value", "default_value": rows}
    return data


def _type_of(value: Any) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return "string"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, dict):
        return "object"
    inner = {_type_of(item) for item in value}
    return f"array[{inner.pop()}]" if len(inner) == 1 else "array[object]"


def dify_kind(node: Row) -> str:
    """The node's type as Dify calls it, where that matters: containers, and what stands in a placeholder."""
    return text(node["config"].get("original")) if node["kind"] == "placeholder" else text(node["kind"])


def start_of(container: str, kind: str, taken: set[str]) -> Row:
    """The hidden node that a container of Dify's begins with."""
    names = (f"{container[:40]}start{number or ''}" for number in count())
    node_id = next(name for name in names if name not in taken)
    place = _place_data({"x": 24, "y": 68})
    inside = "isInLoop" if kind == "loop" else "isInIteration"
    data = {"type": CONTAINERS[kind], "title": "", "desc": "", "selected": False, inside: True}
    drawn = {"parentId": container, "zIndex": 1002, "draggable": False, "selectable": False}
    return {
        "id": node_id,
        "type": f"custom-{CONTAINERS[kind]}",
        "data": data,
        **place,
        "width": 44,
        "height": 48,
        **drawn,
    }


def write_edge(edge: Row, kinds: dict[str, str], parents: dict[str, str], starts: dict[str, str]) -> Row:
    """An edge of a Dify graph; an entry of a body comes from the container's start node."""
    source, handle_id, source_type = edge["source"], edge["handle"], kinds.get(edge["source"], "")
    parent = parents.get(edge["source"]) or ""
    if handle_id == "body" and source in starts:
        source, handle_id, parent = starts[source], "source", source
        source_type = CONTAINERS.get(kinds[parent], "")
    data = {
        "sourceType": source_type,
        "targetType": kinds.get(edge["target"], ""),
        "isInIteration": False,
        "isInLoop": False,
    }
    if parent:
        data |= _inside(parent, kinds)
    ends = {"id": edge["id"], "source": source, "sourceHandle": handle_id, "target": edge["target"]}
    return {**ends, "targetHandle": "target", "type": "custom", "zIndex": 1002 if parent else 0, "data": data}
