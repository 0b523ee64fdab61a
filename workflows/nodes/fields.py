"""Pieces that the configs of several node kinds share, with the widget hints the editor's forms are made from.

Knows pydantic fields; knows nothing of running. Not a node kind: it defines no `NODE`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

# Also letters beyond ASCII; written so that Python and JavaScript read it alike.
IDENTIFIER = r"^[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]{0,63}$"


def widget(name: str, **hints: Any) -> dict[str, Any]:
    """The `x-widget` hint of a field; further hints become `x-…` keys beside it."""
    return {"x-widget": name, **{f"x-{key.replace('_', '-')}": value for key, value in hints.items()}}


class NodeConfig(BaseModel):
    """Base of every node's config: unknown keys are errors, values are not coerced across kinds of JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


Identifier = Annotated[str, Field(pattern=IDENTIFIER)]
Selector = Annotated[list[str], Field(json_schema_extra=widget("selector"))]
Template = Annotated[str, Field(json_schema_extra=widget("template"))]


class InputRow(NodeConfig):
    """A name given to a value from elsewhere in the graph."""

    name: Identifier = Field(description="How the value is called inside this node.")
    selector: Selector = Field(default=[], description="Where the value comes from.")


class KeyValue(NodeConfig):
    """A key and a templated value."""

    key: str = Field(default="", json_schema_extra=widget("template"))
    value: Template = ""


class Argument(NodeConfig):
    """A value handed to something by name: a constant, a template, or the value that `value` selects in the graph."""

    name: Annotated[str, Field(min_length=1, max_length=128)]
    mode: Literal["constant", "variable", "template"] = Field(default="constant", json_schema_extra=widget("select"))
    value: Any = None


Arguments = Annotated[list[Argument], Field(json_schema_extra=widget("arguments"))]
Inputs = Annotated[list[InputRow], Field(json_schema_extra=widget("inputs"))]
KeyValues = Annotated[list[KeyValue], Field(json_schema_extra=widget("key-values"))]


def duplicates(names: Iterable[str]) -> list[str]:
    """Names that occur more than once, in order of first sight."""
    names = list(names)
    if len(set(names)) == len(names):
        return []
    return [name for name, count in Counter(names).items() if count > 1]
