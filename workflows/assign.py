"""What an assignment makes of a variable: a pure function of the operation, the value now, the operand and the type.

Knows operations and types; knows nothing of nodes, logs or where variables live. The operation and its operand are
what a log stores, so assignments that ran side by side are applied one after the other and none is lost.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, Literal, get_args

from workflows.errors import WorkflowError
from workflows.values import MISSING, clean, is_file, outweighs, parse_number, to_text

Operation = Literal[
    "set", "over-write", "replace", "clear", "append", "extend", "+=", "-=", "*=", "/=", "remove-first", "remove-last"
]  # fmt: skip

WITHOUT_OPERAND = frozenset({"clear", "remove-first", "remove-last"})
MAX_WEIGHT = 4 * 1024 * 1024
_MAX_DEPTH = 64
_WEIGHED_EACH = 64
_LITTLE = 4_000


class AssignError(WorkflowError):
    """An operation that its variable refuses. `code` is one of assign_{operation,type,operand,zero,too_large}."""


def assign(operation: str, current: Any, operand: Any, type: str = "any") -> Any:
    """The variable's new value; `current` and `operand` stay as they are. Raises AssignError.

    `type` is the variable's declared type, such as `number` or `array[object]`. A variable that has no value yet
    counts as the empty value of its type.
    """
    if operation not in _OPERATIONS:
        message = f"There is no operation {operation!r}; there are: {', '.join(get_args(Operation))}."
        raise AssignError("assign_operation", message)
    if current is None or current is MISSING:
        current = zero(type)
    value = _OPERATIONS[operation](operation, current, operand, type)
    return value if _grew_little(operation, current, operand, value) else _weighed(value)


def _grew_little(operation: str, current: Any, operand: Any, value: Any) -> bool:
    """Whether a list that was light enough can be no heavier than a bit too much: most writes need not weigh it all."""
    if operation in ("remove-first", "remove-last"):
        return True
    if operation not in ("append", "extend") or len(current or ()) // _WEIGHED_EACH != len(value) // _WEIGHED_EACH:
        return False
    return isinstance(operand, (str, int, float)) and not outweighs(operand, _LITTLE)


def settle(operation: str, current: Any, operand: Any, type: str = "any") -> Any:
    """As `assign`, for writes read back from a log: one that is refused by now leaves the value as it is.

    A write is tried before it is logged; only another one that came between can make it impossible.
    """
    try:
        return assign(operation, current, operand, type)
    except AssignError:
        return zero(type) if current is None or current is MISSING else current


def zero(type: str) -> Any:
    """The empty value of a type."""
    if type.startswith("array"):
        return []
    return {"string": "", "secret": "", "number": 0, "integer": 0, "boolean": False, "object": {}}.get(type)


def fits(value: Any, type: str) -> bool:
    """Whether a value may stand in a variable of this type. A truth value is no number."""
    if type.startswith("array"):
        inner = type[6:-1] or "any"
        return isinstance(value, list) and (inner == "any" or all(fits(item, inner) for item in value))
    match type:
        case "string" | "secret":
            return isinstance(value, str)
        case "number" | "integer":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "object":
            return isinstance(value, dict)
        case "file":
            return is_file(value)
        case _:
            return True


def _over_write(operation: str, current: Any, operand: Any, type: str) -> Any:
    _demand(fits(operand, type), operation, operand, type)
    return operand


def _set(operation: str, current: Any, operand: Any, type: str) -> Any:
    if type.startswith("array") or type == "file":
        raise AssignError("assign_operation", f"“set” is not for a variable of type {type}: use “over-write”.")
    if type == "object" and isinstance(operand, str):
        try:
            operand = clean(json.loads(operand))
        except (ValueError, RecursionError) as error:
            raise AssignError("assign_operand", f"The text for “set” is no JSON object: {error}.") from error
    return _over_write(operation, current, operand, type)


def _replace(operation: str, current: Any, operand: Any, type: str) -> Any:
    """Over-write without a look at the type, as the first version of Dify's assigner does it."""
    return operand


def _clear(operation: str, current: Any, operand: Any, type: str) -> Any:
    return zero(type)


def _arithmetic(operation: str, current: Any, operand: Any, type: str) -> Any:
    left = None if isinstance(current, bool) else parse_number(0 if current is None else current)
    right = None if isinstance(operand, bool) else parse_number(operand)
    if type not in ("number", "integer", "any") or left is None:
        raise AssignError("assign_operation", f"“{operation}” is for numbers, and the variable is of type {type}.")
    if right is None:
        raise AssignError("assign_operand", f"“{operation}” needs a number, and got “{_shown(operand)}”.")
    if operation == "/=" and right == 0:
        raise AssignError("assign_zero", "A number cannot be divided by zero.")
    try:
        number = _COMPUTE[operation](left, right)
    except OverflowError:
        number = math.inf
    # JSON readers elsewhere take 64 bits; beyond them a whole number goes on as a float.
    if isinstance(number, int) and number.bit_length() > 63:
        number = float(number) if number.bit_length() < 1024 else math.inf
    if not math.isfinite(number):
        raise AssignError("assign_too_large", f"The result of “{operation}” is too large for a number.")
    return number


def _append(operation: str, current: Any, operand: Any, type: str) -> Any:
    items = _items(operation, current, type)
    _demand(fits(operand, _element(type)), operation, operand, _element(type))
    return [*items, operand]


def _extend(operation: str, current: Any, operand: Any, type: str) -> Any:
    items = _items(operation, current, type)
    _demand(fits(operand, f"array[{_element(type)}]"), operation, operand, f"array[{_element(type)}]")
    return [*items, *operand]


def _remove(operation: str, current: Any, operand: Any, type: str) -> Any:
    items = _items(operation, current, type)
    return items[1:] if operation == "remove-first" else items[:-1]


def _items(operation: str, current: Any, type: str) -> list[Any]:
    if isinstance(current, list):
        return current
    if type == "any" and current is None:
        return []
    raise AssignError("assign_operation", f"“{operation}” is for lists, and the variable is of type {type}.")


def _element(type: str) -> str:
    return (type[6:-1] or "any") if type.startswith("array") else "any"


def _demand(good: bool, operation: str, operand: Any, type: str) -> None:
    if not good:
        message = f"“{operation}” needs a value of type {type}, and got “{_shown(operand)}”."
        raise AssignError("assign_type", message)


def _shown(value: Any) -> str:
    if isinstance(value, (list, dict)):
        return f"a list of {len(value)}" if isinstance(value, list) else "an object"
    return "nothing" if value is None or value is MISSING else to_text(value)[:60]


def _weighed(value: Any) -> Any:
    """The value, unless it grew beyond what a variable may hold: a loop can double it in every round."""
    weight, stack = 0, [(value, 0)]
    while stack:
        item, depth = stack.pop()
        weight += 8
        if isinstance(item, str):
            weight += len(item)
        elif isinstance(item, (list, dict)):
            weight += 8 * len(item)
            if depth >= _MAX_DEPTH:
                raise AssignError("assign_too_large", f"The variable would be nested more than {_MAX_DEPTH} deep.")
            if weight <= MAX_WEIGHT:
                stack.extend((inner, depth + 1) for inner in (item.values() if isinstance(item, dict) else item))
        if weight > MAX_WEIGHT:
            limit = MAX_WEIGHT // 1024 // 1024
            raise AssignError("assign_too_large", f"The variable would hold more than about {limit} MB.")
    return value


_COMPUTE: dict[str, Callable[[float, float], float]] = {
    "+=": lambda left, right: left + right,
    "-=": lambda left, right: left - right,
    "*=": lambda left, right: left * right,
    "/=": lambda left, right: left / right,
}
_OPERATIONS: dict[str, Callable[[str, Any, Any, str], Any]] = {
    "set": _set,
    "over-write": _over_write,
    "replace": _replace,
    "clear": _clear,
    "append": _append,
    "extend": _extend,
    **dict.fromkeys(_COMPUTE, _arithmetic),
    "remove-first": _remove,
    "remove-last": _remove,
}
