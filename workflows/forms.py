"""Forms that people fill in while a run waits: their fields, and what is wrong with what was sent.

Knows fields and actions; knows nothing of pages, e-mails or who may answer. `check_submission` is what a host asks
before it lets anything reach the run; the node reads with `read_submission` what passed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from workflows.errors import Fault
from workflows.nodes.fields import Identifier, NodeConfig, Selector, Template, widget
from workflows.ports import Signal
from workflows.values import clean, is_file, parse_number, to_markdown, to_text

FieldType = Literal["text", "paragraph", "number", "select", "file", "file-list"]
TIMEOUT = "__timeout__"

_MAX_TEXT = 100_000
_MAX_FILES = 100
_PLACE = re.compile(r"\{\{#\s*\$outputs?\.([^\s#{}]+)\s*#\}\}")


class FormField(NodeConfig):
    """One thing a person fills in. A default or the options may also come from the graph."""

    name: Identifier
    type: FieldType = Field(default="paragraph", json_schema_extra=widget("select"))
    label: str = ""
    required: bool = Field(default=False, json_schema_extra=widget("switch"))
    default: Any = None
    default_from: Selector | None = None
    options: list[str] = []
    options_from: Selector | None = None
    max_length: int | None = Field(default=None, ge=1, le=_MAX_TEXT, json_schema_extra=widget("number"))
    max_files: int | None = Field(default=None, ge=1, le=_MAX_FILES, json_schema_extra=widget("number"))
    file_types: list[str] = Field(default=[], description="image, document, audio, video; empty for all.")


class Action(NodeConfig):
    """A button, and the way out of the node that it takes."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,39}$")]
    title: str = Field(default="", max_length=100)
    style: Literal["primary", "default", "accent", "ghost"] = Field(
        default="default", json_schema_extra=widget("select")
    )


class Delivery(NodeConfig):
    """A way in which people are told of the form. `{{#url#}}` in an e-mail is the form's address."""

    type: Literal["webapp", "email"] = Field(default="webapp", json_schema_extra=widget("select"))
    enabled: bool = Field(default=True, json_schema_extra=widget("switch"))
    everyone: bool = Field(default=False, description="Also every member.", json_schema_extra=widget("switch"))
    members: list[str] = []
    recipients: list[str] = []
    subject: Template = ""
    body: Template = ""


def check_submission(form: Mapping[str, Any], data: Mapping[str, Any], action: str) -> list[Fault]:
    """What is wrong with a submission, each fault with its field; empty when it may be sent to the run.

    `form` is a waiting node's `wait` (or its config): anything with `fields` and `actions`.
    """
    return _read(form, data, action)[1]


def read_submission(form: Mapping[str, Any], data: Mapping[str, Any], action: str) -> dict[str, Any]:
    """Every field's value out of a submission. Raises ValueError with what is wrong, where it was not checked."""
    values, faults = _read(form, data, action)
    if faults:
        raise ValueError(" ".join(fault.message for fault in faults))
    return values


def _read(form: Mapping[str, Any], data: Any, action: Any) -> tuple[dict[str, Any], list[Fault]]:
    if not isinstance(data, Mapping):
        return {}, [Fault("submission_invalid", "A submission is an object with a value for each field.", None, None)]
    faults: list[Fault] = []
    ids = [str(row.get("id")) for row in form.get("actions") or ()]
    if action not in ids:
        message = f"The form has no action {str(action)[:60]!r}. It has: {', '.join(ids) or 'none'}."
        faults.append(Fault("action_unknown", message, None, "action"))
    fields = [field for field in form.get("fields") or () if isinstance(field, Mapping)]
    names = [str(field.get("name")) for field in fields]
    for name in data:
        if name not in names:
            message = f"The form has no field {str(name)[:60]!r}. It has: {', '.join(names) or 'none'}."
            faults.append(Fault("field_unknown", message, None, str(name)[:60]))
    values: dict[str, Any] = {}
    for name, field in zip(names, fields, strict=True):
        try:
            values[name] = _value(field, data.get(name))
        except _Refused as error:
            faults.append(Fault(error.code, f"{field.get('label') or name}: {error}", None, name))
    return values, faults


class _Refused(ValueError):
    """A value that a field does not take."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _value(field: Mapping[str, Any], value: Any) -> Any:
    kind = str(field.get("type") or "paragraph")
    if value is None or value == "" or value == []:
        if field.get("required"):
            raise _Refused("field_required", "This is required.")
        return [] if kind == "file-list" else "" if kind in ("text", "paragraph", "select") else None
    reader: _Reader = _READERS.get(kind, _text)
    return clean(reader(field, value))


def _text(field: Mapping[str, Any], value: Any) -> str:
    if isinstance(value, (dict, list)):
        raise _Refused("field_invalid", "This must be text.")
    text = to_text(value)
    limit = field.get("max_length") or _MAX_TEXT
    if len(text) > limit:
        raise _Refused("field_too_long", f"This has {len(text)} characters, and may have {limit}.")
    return text


def _number(field: Mapping[str, Any], value: Any) -> int | float:
    number = None if isinstance(value, bool) or len(str(value)) > 400 else parse_number(value)
    if number is None:
        raise _Refused("field_invalid", "This must be a number.")
    return number


def _select(field: Mapping[str, Any], value: Any) -> str:
    options = [to_text(option) for option in field.get("options") or ()]
    if not isinstance(value, (str, int, float)) or to_text(value) not in options:
        raise _Refused("field_invalid", f"This must be one of: {', '.join(options)[:500] or 'nothing'}.")
    return to_text(value)


def _file(field: Mapping[str, Any], value: Any) -> dict[str, Any]:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not is_file(value):
        raise _Refused("field_invalid", "This must be a file.")
    types = field.get("file_types") or ()
    if types and value.get("type") not in types:
        raise _Refused("field_invalid", f"This must be a file of the type {' or '.join(map(str, types))}.")
    return dict(value)


def _files(field: Mapping[str, Any], value: Any) -> list[dict[str, Any]]:
    files = value if isinstance(value, list) else [value]
    limit = field.get("max_files") or _MAX_FILES
    if len(files) > limit:
        raise _Refused("field_invalid", f"These are {len(files)} files, and may be {limit}.")
    return [_file(field, file) for file in files]


_Reader = Callable[[Mapping[str, Any], Any], Any]
_READERS: dict[str, _Reader] = {
    "text": _text,
    "paragraph": _text,
    "number": _number,
    "select": _select,
    "file": _file,
    "file-list": _files,
}


def fill_in(content: str, values: Mapping[str, Any]) -> str:
    """A form's content with what was filled in at the places `{{#$output.field#}}`; other places show nothing."""
    return _PLACE.sub(lambda match: to_markdown(values.get(match.group(1))), content)


def places(content: str) -> Sequence[str]:
    """The names of fields that a form's content shows."""
    return _PLACE.findall(content)


def submission(key: str, values: Mapping[str, Any], action: str, *, by: str | None = None) -> Signal:
    """The signal that gives a checked submission to the waiting node."""
    return Signal(key=key, type="submitted", data={"action": action, "values": dict(values)}, by=by)
