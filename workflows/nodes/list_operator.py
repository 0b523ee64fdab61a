"""List operator: filters a list, takes one element, orders and shortens it, in that order.

Knows lists of texts, numbers, truth values and files; what a condition is, `conditions` knows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pydantic import Field

from workflows.context import Context
from workflows.errors import NodeError
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.conditions import Logical, SubCondition, compile_value, element_holds
from workflows.nodes.fields import NodeConfig, Selector, Template, widget
from workflows.scope import Scope
from workflows.template import Pool
from workflows.values import MISSING, Dialect, file_attribute, is_file, parse_number, to_text

FILE_KEYS = ("name", "size", "type", "extension", "mime_type", "transfer_method", "url", "related_id")


class Filter(NodeConfig):
    """Which elements stay."""

    logical: Logical = Field(default="and", description="Whether all conditions must hold, or one.")
    conditions: list[SubCondition] = Field(default=[], description="What is asked of each element.")


class Order(NodeConfig):
    """How the elements are ordered."""

    key: str = Field(default="", description="For files: the attribute to order by. Otherwise empty.")
    direction: Literal["asc", "desc"] = Field(default="asc", json_schema_extra=widget("select"))


class Config(NodeConfig):
    """What happens to the list. Each part may be left out."""

    items: Selector = Field(default=[], description="The list.")
    filter: Filter | None = Field(default=None, json_schema_extra=widget("conditions"))
    extract: Template | None = Field(default=None, description="The number of the one element to take, from 1.")
    order: Order | None = None
    limit: int | None = Field(
        default=None, ge=1, description="How many to keep at most.", json_schema_extra=widget("number")
    )


class ListOperator(NodeType[Config]):
    """See the module."""

    kind = "list-operator"
    family = "logic"
    config = Config
    outputs = (Output("result", "array[any]"), Output("first_record", "any"), Output("last_record", "any"))

    def build(self, config: Config, scope: Scope) -> Step:
        ref = scope.ref(config.items, "items")
        keep = _compile_filter(config.filter, scope) if config.filter is not None else None
        extract = scope.template(config.extract, "extract") if config.extract is not None else None
        label = ".".join(config.items)

        def run(ctx: Context) -> Result:
            value = ref.get(ctx.pool)
            if value is MISSING:
                message = f"There is no list at {label!r}: what makes it has not run."
                raise NodeError("list_missing", message, field="items", retryable=False)
            inputs = {"items": value}
            items = _list(value)
            if items and keep is not None:
                items = keep(ctx.pool, items)
            if items and extract is not None:
                items = [_extracted(items, extract.render(ctx.pool))]
            if config.order is not None:
                items = _ordered(items, config.order)
            items = items[: config.limit]
            first, last = (items[0], items[-1]) if items else (None, None)
            return Result({"result": items, "first_record": first, "last_record": last}, inputs)

        return Step(inline=run)


def _list(value: Any) -> list[Any]:
    """The list of a value; what counts as nothing is an empty one."""
    if not value:
        return []
    if not isinstance(value, list):
        raise NodeError("list_type", "The value to work on is no list.", field="items", retryable=False)
    kinds = {_kind(item) for item in value}
    if len(kinds) > 1 or "other" in kinds:
        message = "The list must hold texts, numbers, truth values or files, and only one of these."
        raise NodeError("list_type", message, field="items", retryable=False)
    return value


def _kind(item: Any) -> str:
    if isinstance(item, bool):
        return "boolean"
    if isinstance(item, str):
        return "string"
    if isinstance(item, (int, float)):
        return "number"
    return "file" if is_file(item) else "other"


def _compile_filter(group: Filter, scope: Scope) -> Callable[[Pool, list[Any]], list[Any]]:
    rows = [
        (one.key, one.operator, compile_value(one.value, scope, f"filter.conditions.{i}.value"))
        for i, one in enumerate(group.conditions)
    ]
    join, dialect = all if group.logical == "and" else any, scope.dialect

    def keep(pool: Pool, items: list[Any]) -> list[Any]:
        ready = [(key, operator, expected(pool)) for key, operator, expected in rows]
        if not ready:
            return items
        return [item for item in items if join(_holds(item, *row, dialect) for row in ready)]

    return keep


def _holds(item: Any, key: str, operator: str, expected: Any, dialect: Dialect) -> bool:
    # Files written by Dify give a key to lists without attributes, too.
    return element_holds(item, key if is_file(item) else "", operator, expected, dialect)


def _extracted(items: list[Any], text: str) -> Any:
    serial = parse_number(text)
    if isinstance(serial, float) and serial.is_integer():
        serial = int(serial)  # "1.0" is what a number that was computed looks like
    if not isinstance(serial, int):
        message = f"The number of the element must be a whole number from 1; it is “{text[:60]}”."
        raise NodeError("list_serial", message, field="extract", retryable=False)
    if not 1 <= serial <= len(items):
        message = f"There is no element {serial}: the list has {len(items)}."
        raise NodeError("list_serial", message, field="extract", retryable=False)
    return items[serial - 1]


def _ordered(items: list[Any], order: Order) -> list[Any]:
    if items and is_file(items[0]):
        key = order.key or "name"
        if key not in FILE_KEYS:
            message = f"Files have no {key[:60]!r} to order by; they have: {', '.join(FILE_KEYS)}."
            raise NodeError("list_order", message, field="order.key", retryable=False)
        return sorted(items, key=lambda file: _rank(file, key), reverse=order.direction == "desc")
    return sorted(items, reverse=order.direction == "desc")


def _rank(file: dict[str, Any], key: str) -> tuple[float, str]:
    value = file_attribute(file, key)
    if key == "size":
        number = parse_number(value)
        return (number if number is not None else -1, "")
    return (0, to_text(value))


NODE = ListOperator()
