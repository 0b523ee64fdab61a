"""Values people or programs give to a run, checked against the variables that declare them.

Knows types of inputs and their limits; knows nothing of where values come from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workflows.errors import NodeError
from workflows.json_schema import mismatch
from workflows.values import MAX_DEPTH, TooDeepError, clean, file_attribute, parse_bool, parse_number, to_text

if TYPE_CHECKING:
    from workflows.nodes.start import Variable, VariableType


class InputError(NodeError):
    """Inputs that do not fit. `problems` has a sentence for each wrong one, by name."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("input_invalid", " ".join(problems.values()), field=next(iter(problems)), retryable=False)
        self.problems = dict(problems)


def accept_inputs(variables: Sequence[Variable], given: Mapping[str, Any]) -> dict[str, Any]:
    """The declared variables' values out of `given`, without unknown names. Raises InputError naming every fault."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for variable in variables:
        try:
            values[variable.name] = _accept(variable, given.get(variable.name))
        except ValueError as error:
            problems[variable.name] = str(error)
    if problems:
        raise InputError(problems)
    return values


def _accept(variable: Variable, value: Any) -> Any:
    if value is None or value == "":
        value = variable.default
    if value is None or value == "" or value == []:
        if variable.required:
            raise ValueError(f"The input {variable.name!r} is required.")
        return _EMPTY.get(variable.type)
    return _READERS[variable.type](variable, value)


def _text(variable: Variable, value: Any) -> str:
    if isinstance(value, (dict, list)):
        raise ValueError(f"The input {variable.name!r} must be text.")
    text = to_text(value)
    if variable.max_length is not None and len(text) > variable.max_length:
        raise ValueError(f"The input {variable.name!r} is longer than {variable.max_length} characters.")
    return text


def _select(variable: Variable, value: Any) -> str:
    text = to_text(value)
    if variable.options and text not in variable.options:
        raise ValueError(f"The input {variable.name!r} must be one of: {', '.join(variable.options)}.")
    return text


def _number(variable: Variable, value: Any) -> int | float:
    number = parse_number(value)
    if number is None or isinstance(value, bool):
        raise ValueError(f"The input {variable.name!r} must be a number.")
    return number


def _checkbox(variable: Variable, value: Any) -> bool:
    truth = parse_bool(value)
    if truth is None:
        raise ValueError(f"The input {variable.name!r} must be true or false.")
    return truth


def _file(variable: Variable, value: Any) -> dict[str, Any]:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise ValueError(f"The input {variable.name!r} must be a file.")
    if not _kind_allowed(variable, value):
        raise ValueError(f"The input {variable.name!r} takes only {_kinds(variable)}, not {_shown(value)}.")
    method = value.get("transfer_method")
    if variable.allowed_file_upload_methods and method not in (None, *variable.allowed_file_upload_methods):
        ways = " or ".join(_WAYS.get(way, way) for way in variable.allowed_file_upload_methods)
        raise ValueError(f"The input {variable.name!r} takes only {ways}.")
    return value


def _files(variable: Variable, value: Any) -> list[dict[str, Any]]:
    files = value if isinstance(value, list) else [value]
    if variable.max_length is not None and len(files) > variable.max_length:
        raise ValueError(f"The input {variable.name!r} takes at most {variable.max_length} files.")
    return [_file(variable, file) for file in files]


def _kind_allowed(variable: Variable, file: dict[str, Any]) -> bool:
    """By type; the type `custom` stands for the extensions listed."""
    kinds, extensions = variable.allowed_file_types, variable.allowed_file_extensions
    if not kinds and not extensions:
        return True
    if file.get("type") in kinds and file.get("type") != "custom":
        return True
    return (not kinds or "custom" in kinds) and _extension(file) in map(_dotless, extensions)


def _extension(file: dict[str, Any]) -> str:
    extension = to_text(file_attribute(file, "extension"))
    return _dotless(extension or to_text(file_attribute(file, "filename")).rpartition(".")[2])


def _dotless(extension: str) -> str:
    return extension.strip().lower().removeprefix(".")


def _kinds(variable: Variable) -> str:
    kinds = [f"{kind}s" if kind != "audio" else kind for kind in variable.allowed_file_types if kind != "custom"]
    return ", ".join([*kinds, *(f".{_dotless(each)}" for each in variable.allowed_file_extensions)]) or "nothing"


def _shown(file: dict[str, Any]) -> str:
    return to_text(file_attribute(file, "filename"))[:60] or to_text(file.get("type")) or "this"


def _json(variable: Variable, value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"The input {variable.name!r} must be JSON.") from error
    try:
        value = clean(value)
    except TooDeepError as error:
        raise ValueError(f"The input {variable.name!r} is nested more than {MAX_DEPTH} levels deep.") from error
    if variable.json_schema:
        problem = mismatch(value, variable.json_schema, f"The input {variable.name!r}")
        if problem is not None:
            raise ValueError(f"{problem.rstrip('.')}.")
    return value


_READERS: dict[VariableType, Callable[[Variable, Any], Any]] = {
    "text": _text,
    "paragraph": _text,
    "select": _select,
    "number": _number,
    "checkbox": _checkbox,
    "file": _file,
    "file-list": _files,
    "json": _json,
}
_EMPTY: dict[VariableType, Any] = {"text": "", "paragraph": "", "select": "", "checkbox": False, "file-list": []}
_WAYS = {"local_file": "uploaded files", "remote_url": "files behind a URL"}
