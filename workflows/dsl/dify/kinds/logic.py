"""Dify's branches, containers and list work: if-else, iteration, loop, assigner, aggregator, list-operator."""

from __future__ import annotations

from typing import Any, get_args

from workflows.dsl.dify.kinds.base import (
    Config,
    Kind,
    Source,
    Unsupported,
    condition_data,
    handle,
    logical,
    read_condition,
    read_sub,
    selectors,
    sub_data,
)
from workflows.dsl.dify.loose import decoded, mapping, mappings, number, one_of, text, texts, whole, within
from workflows.nodes.loop import VariableType


def _read_if_else(source: Source) -> Config:
    data = source.data
    cases = mappings(data.get("cases"))
    if not cases and data.get("conditions"):
        cases = [{**data, "case_id": "true"}]
    return {"cases": [_read_case(case, source.ways) for case in cases]}


def _read_case(case: Config, ways: frozenset[str]) -> Config:
    ids = [handle(case.get(key)) for key in ("case_id", "id") if handle(case.get(key))] or ["true"]
    return {
        # Files edited by hand may call the way out by the other of the two.
        "id": next((found for found in ids if found in ways), ids[0]),
        "logical": logical(case.get("logical_operator")),
        "conditions": [read_condition(row) for row in mappings(case.get("conditions"))],
    }


def _write_if_else(config: Config) -> Config:
    cases = [
        {
            "case_id": case.get("id", "true"),
            "id": case.get("id", "true"),
            "logical_operator": case.get("logical", "and"),
            "conditions": [condition_data(row) for row in mappings(case.get("conditions"))],
        }
        for case in mappings(config.get("cases"))
    ]
    return {"cases": cases}


_ON_ERROR = {"terminated": "stop", "continue-on-error": "null", "remove-abnormal-output": "drop"}
_ERROR_MODES = {weft: dify for dify, weft in _ON_ERROR.items()}


def _read_iteration(source: Source) -> Config:
    data = source.data
    return {
        "items": texts(data.get("iterator_selector")),
        "output": texts(data.get("output_selector")),
        "parallel": within(data.get("parallel_nums"), 10, 1, 100) if data.get("is_parallel") is True else 1,
        "on_error": _ON_ERROR.get(text(data.get("error_handle_mode")), "stop"),
        "flatten": data.get("flatten_output") is not False,
    }


def _write_iteration(config: Config) -> Config:
    parallel = config.get("parallel", 1)
    return {
        "iterator_selector": config.get("items", []),
        "output_selector": config.get("output", []),
        "is_parallel": parallel != 1,
        "parallel_nums": parallel if parallel != 1 else 10,
        "error_handle_mode": _ERROR_MODES.get(text(config.get("on_error")), "terminated"),
        "flatten_output": config.get("flatten", False),
    }


_EMPTY: dict[str, Any] = {"string": "", "number": 0, "object": {}, "boolean": False}


def _read_loop(source: Source) -> Config:
    data = source.data
    conditions = [read_condition(row) for row in mappings(data.get("break_conditions"))]
    return {
        "max_rounds": within(data.get("loop_count"), 10, 1, 1000),
        "variables": [
            _read_loop_variable(row)
            for row in mappings(data.get("loop_variables"))
            if source.usable(text(row.get("label")), "variables")
        ],
        "break": {"logical": logical(data.get("logical_operator")), "conditions": conditions} if conditions else None,
    }


def _read_loop_variable(row: Config) -> Config:
    kind = one_of(text(row.get("var_type")).lower(), get_args(VariableType), "any")
    if row.get("value_type") == "variable":
        return {"name": row["label"], "type": kind, "source": "variable", "value": texts(row.get("value"))}
    return {"name": row["label"], "type": kind, "source": "constant", "value": _constant(row.get("value"), kind)}


def _constant(value: Any, kind: str) -> Any:
    """A constant that arrives as text, as its type has it."""
    if kind == "string":
        return text(value) if not isinstance(value, (dict, list)) else value
    found = number(value) if kind == "number" else decoded(value)
    if found in ("", None):
        return [] if kind.startswith("array") else _EMPTY.get(kind)
    return found


def _write_loop(config: Config) -> Config:
    stop = mapping(config.get("break"))
    return {
        "loop_count": config.get("max_rounds", 10),
        "loop_variables": [
            {
                "label": row.get("name"),
                "var_type": row.get("type", "string"),
                "value_type": row.get("source", "constant"),
                "value": row.get("value"),
            }
            for row in mappings(config.get("variables"))
        ],
        "logical_operator": stop.get("logical", "and"),
        "break_conditions": [condition_data(row) for row in mappings(stop.get("conditions"))],
        "error_handle_mode": "terminated",
    }


def _empty(_: Any) -> Config:
    return {}


_OPERATIONS = (
    "set", "over-write", "clear", "append", "extend", "+=", "-=", "*=", "/=", "remove-first", "remove-last",
)  # fmt: skip


def _read_assigner(source: Source) -> Config:
    data = source.data
    if text(data.get("version"), "1") == "1" and "assigned_variable_selector" in data:
        return {"items": [_read_assignment_v1(data)]}
    return {"items": [_read_assignment(row) for row in mappings(data.get("items"))]}


def _read_assignment_v1(data: Config) -> Config:
    operation = one_of(data.get("write_mode"), ("over-write", "append", "clear"), "over-write")
    if operation == "over-write":
        operation = "replace"  # the first version looks at no types
    item = {"target": texts(data.get("assigned_variable_selector")), "operation": operation, "source": "variable"}
    return {**item, "value": None if operation == "clear" else texts(data.get("input_variable_selector"))}


def _read_assignment(row: Config) -> Config:
    operation = text(row.get("operation"))
    if operation not in _OPERATIONS:
        raise Unsupported(f"the assignment {operation[:80]!r}")
    constant = row.get("input_type") == "constant"
    value = row.get("value")
    if operation in ("clear", "remove-first", "remove-last"):
        value = None
    elif not constant:
        value = texts(value)
    return {
        "target": texts(row.get("variable_selector")),
        "operation": operation,
        "source": "constant" if constant else "variable",
        "value": value,
    }


def _write_assigner(config: Config) -> Config:
    rows = mappings(config.get("items"))
    if [row.get("operation") for row in rows] == ["replace"]:
        return _assigner_v1_data(rows[0])
    items = [
        {
            "variable_selector": item.get("target", []),
            "input_type": item.get("source", "variable"),
            "operation": "over-write" if item.get("operation") == "replace" else item.get("operation"),
            "value": item.get("value"),
            "write_mode": "over-write",
        }
        for item in rows
    ]
    return {"version": "2", "items": items}


def _assigner_v1_data(item: Config) -> Config:
    """Only the first version replaces a value whatever its type."""
    return {
        "version": "1",
        "assigned_variable_selector": item.get("target", []),
        "input_variable_selector": item.get("value"),
        "write_mode": "over-write",
    }


def _read_aggregator(source: Source) -> Config:
    data = source.data
    settings = mapping(data.get("advanced_settings"))
    config: Config = {
        "selectors": selectors(data.get("variables")),
        "output_type": text(data.get("output_type"), "any"),
    }
    if settings.get("group_enabled") is True:
        config["groups"] = [
            {
                "name": text(group.get("group_name")),
                "selectors": selectors(group.get("variables")),
                "output_type": text(group.get("output_type"), "any"),
            }
            for group in mappings(settings.get("groups"))
            if source.usable(text(group.get("group_name")), "groups")
        ]
    return config


def _write_aggregator(config: Config) -> Config:
    data = {"output_type": config.get("output_type", "any"), "variables": config.get("selectors", [])}
    if config.get("groups") is None:
        return data
    groups = [
        {
            "group_name": row.get("name"),
            "output_type": row.get("output_type", "any"),
            "variables": row.get("selectors", []),
        }
        for row in mappings(config["groups"])
    ]
    return {**data, "advanced_settings": {"group_enabled": True, "groups": groups}}


def _read_list_operator(source: Source) -> Config:
    data = source.data
    filter_by, extract_by = mapping(data.get("filter_by")), mapping(data.get("extract_by"))
    order_by, limit = mapping(data.get("order_by")), mapping(data.get("limit"))
    conditions = [read_sub(row) for row in mappings(filter_by.get("conditions"))]
    filtered = filter_by.get("enabled") is True and bool(conditions)
    return {
        "items": texts(data.get("variable")),
        "filter": {"logical": "and", "conditions": conditions} if filtered else None,
        "extract": text(extract_by.get("serial"), "1") or "1" if extract_by.get("enabled") is True else None,
        "order": _read_order(order_by) if order_by.get("enabled") is True else None,
        "limit": max(1, whole(limit.get("size"), 10)) if limit.get("enabled") is True else None,
    }


def _read_order(order_by: Config) -> Config:
    return {"key": text(order_by.get("key")), "direction": "desc" if order_by.get("value") == "desc" else "asc"}


def _write_list_operator(config: Config) -> Config:
    found, extract, order = config.get("filter"), config.get("extract"), mapping(config.get("order"))
    limit = config.get("limit")
    conditions = [sub_data(row) for row in mappings(mapping(found).get("conditions"))]
    return {
        "variable": config.get("items", []),
        "filter_by": {"enabled": bool(found), "conditions": conditions},
        "extract_by": {"enabled": extract is not None, "serial": extract if extract is not None else "1"},
        "order_by": {
            "enabled": bool(order),
            "key": order.get("key", ""),
            "value": order.get("direction", "asc"),
        },
        "limit": {"enabled": limit is not None, "size": limit if limit is not None else 10},
    }


KINDS = (
    Kind("if-else", "if-else", _read_if_else, _write_if_else),
    Kind("iteration", "iteration", _read_iteration, _write_iteration),
    Kind("loop", "loop", _read_loop, _write_loop),
    Kind("loop-end", "loop-end", _empty, _empty),
    Kind(
        "assigner",
        "assigner",
        _read_assigner,
        _write_assigner,
        frozenset(("version", "assigned_variable_selector", "input_variable_selector", "write_mode")),
    ),
    Kind("variable-aggregator", "variable-aggregator", _read_aggregator, _write_aggregator),
    Kind("list-operator", "list-operator", _read_list_operator, _write_list_operator),
)
