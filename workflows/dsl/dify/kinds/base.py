"""What the readers and writers of node types share: a node being read, rows, models, conditions, arguments.

A type's `read` turns Dify's data into a config; its `write` turns the config back. `Unsupported` says what keeps a
node from running here; it becomes a placeholder that keeps its data.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, get_args

from workflows.dsl.dify.loose import items, mapping, mappings, text, texts
from workflows.errors import Fault
from workflows.expressions import Operator
from workflows.nodes.fields import IDENTIFIER

Config = dict[str, Any]


class Unsupported(Exception):
    """Says what is missing."""


@dataclass(slots=True)
class Source:
    """One node of a Dify file while it is read. `ways` are the ways out that edges leave by."""

    data: Config
    node_id: str
    faults: list[Fault]
    ways: frozenset[str] = frozenset()

    def warn(self, code: str, message: str, field: str | None = None) -> None:
        self.faults.append(Fault(code, message, self.node_id, field, "warning"))

    def rows(self, value: Any, field: str = "inputs") -> list[Config]:
        """`variable`/`value_selector` rows as `name`/`selector` rows; rows without a usable name are left out."""
        rows = []
        for row in mappings(value):
            name = text(row.get("variable"))
            if self.usable(name, field):
                rows.append({"name": name, "selector": texts(row.get("value_selector"))})
        return rows

    def usable(self, name: str, field: str) -> bool:
        """Whether a name can be used here; warns when it cannot."""
        if re.fullmatch(IDENTIFIER, name):
            return True
        self.warn("variable_dropped", f"The variable {name[:80]!r} was left out: its name cannot be used.", field)
        return False


class Kind(NamedTuple):
    """One node type of Dify's and its counterpart. `settled` names data the export always writes anew, because its
    parts only make sense together.
    """

    dify: str
    weft: str
    read: Callable[[Source], Config]
    write: Callable[[Config], Config]
    settled: frozenset[str] = frozenset()


def rows_data(rows: Any) -> list[Config]:
    """`name`/`selector` rows as Dify writes them."""
    return [{"variable": row.get("name"), "value_selector": row.get("selector", [])} for row in mappings(rows)]


def selectors(value: Any) -> list[list[str]]:
    """A list of selectors."""
    return [texts(item) for item in items(value) if isinstance(item, list)]


def selector_or_none(value: Any) -> list[str] | None:
    """A selector; None where there is none."""
    return texts(value) or None


def handle(value: Any, default: str = "") -> str:
    """The name of a way out, in letters that fit; used for nodes and for their edges alike."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", text(value, default) or default)[:64]


def read_model(value: Any) -> Config:
    """A model as every node writes it."""
    model = mapping(value)
    return {
        "provider": text(model.get("provider")),
        "name": text(model.get("name")) or text(model.get("model")),
        "params": mapping(model.get("completion_params")),
    }


def model_data(value: Any, mode: str = "chat") -> Config:
    """A model as Dify writes it."""
    model = mapping(value)
    return {
        "provider": model.get("provider", ""),
        "name": model.get("name", ""),
        "mode": mode,
        "completion_params": model.get("params", {}),
    }


def read_vision(value: Any) -> Config | None:
    """Which files go to the model; None where none do."""
    vision = mapping(value)
    if vision.get("enabled") is not True:
        return None
    configs = mapping(vision.get("configs"))
    return {
        "enabled": True,
        "selector": texts(configs.get("variable_selector")) or ["sys", "files"],
        "detail": "low" if configs.get("detail") == "low" else "high",
    }


def vision_data(value: Any) -> Config:
    """`vision` as Dify writes it."""
    vision = mapping(value)
    if vision.get("enabled") is not True:
        return {"enabled": False}
    configs = {"variable_selector": vision.get("selector"), "detail": vision.get("detail", "high")}
    return {"enabled": True, "configs": configs}


_OPERATORS = {
    "is empty": "empty",
    "is not empty": "not empty",
    "equals": "is",
    "not equals": "is not",
    "is null": "null",
    "is not null": "not null",
    ">=": "≥",
    "<=": "≤",
    "!=": "≠",
    "==": "=",
    "starts with": "start with",
    "ends with": "end with",
}


def operator(row: Config) -> str:
    """The operator of a condition, whichever way it is spelt."""
    found = text(row.get("comparison_operator"))
    found = _OPERATORS.get(found, found)
    if found not in get_args(Operator):
        raise Unsupported(f"the operator {found[:80]!r}")
    return found


def logical(value: Any) -> str:
    """How conditions are joined."""
    return "or" if value == "or" else "and"


def operand(value: Any) -> Any:
    """What a condition compares with: a text, a list of texts, a number or a truth value."""
    if isinstance(value, list):
        return texts(value)
    return value if isinstance(value, (str, bool, int, float)) else None


def read_condition(row: Config) -> Config:
    """One condition of an if-else or of a loop."""
    condition: Config = {
        "selector": texts(row.get("variable_selector")),
        "operator": operator(row),
        "value": operand(row.get("value")),
    }
    group = mapping(row.get("sub_variable_condition"))
    if mappings(group.get("conditions")):
        condition["sub"] = {
            "logical": logical(group.get("logical_operator")),
            "conditions": [read_sub(sub) for sub in mappings(group["conditions"])],
        }
    return condition


def read_sub(row: Config) -> Config:
    """One condition on a property of list items."""
    return {"key": text(row.get("key")), "operator": operator(row), "value": operand(row.get("value"))}


def condition_data(condition: Config) -> Config:
    """One condition as Dify writes it."""
    data = {
        "variable_selector": condition.get("selector", []),
        "comparison_operator": condition.get("operator", "contains"),
        "value": condition.get("value", ""),
    }
    sub = condition.get("sub")
    if isinstance(sub, dict):
        rows = [sub_data(row) for row in mappings(sub.get("conditions"))]
        data["sub_variable_condition"] = {"logical_operator": sub.get("logical", "and"), "conditions": rows}
    return data


def sub_data(row: Config) -> Config:
    """One condition on list items as Dify writes it."""
    return {"key": row.get("key"), "comparison_operator": row.get("operator"), "value": row.get("value")}


_MODES = {"mixed": "template", "variable": "variable", "constant": "constant"}


def read_arguments(value: Any) -> list[Config]:
    """Arguments out of `{name: {type, value}}`; what has no value is left out. A text given as a constant may still
    hold references, so it is a template.
    """
    arguments = []
    for name, given in mapping(value).items():
        if not isinstance(given, dict) or given.get("value") is None or not text(name):
            continue
        mode = _MODES.get(text(given.get("type")), "constant")
        found = given["value"]
        if mode == "variable":
            if not texts(found):
                continue
            found = texts(found)
        elif mode == "template" or (isinstance(found, str) and "{{#" in found):
            mode, found = ("template", text(found)) if isinstance(found, (str, int, float)) else ("constant", found)
        arguments.append({"name": text(name)[:128], "mode": mode, "value": found})
    return arguments


def arguments_data(arguments: Any) -> Config:
    """Arguments as Dify writes them."""
    written = {"template": "mixed", "variable": "variable", "constant": "constant"}
    return {
        text(argument.get("name")): {
            "type": written.get(text(argument.get("mode")), "constant"),
            "value": argument.get("value"),
        }
        for argument in mappings(arguments)
    }
