"""One `load` for every format: looks at the content and hands it to the reader that knows it."""

from __future__ import annotations

from typing import Any

from workflows.definition import Definition
from workflows.dsl import dify, weft
from workflows.dsl.text import MAX_DEPTH, check_size, parse
from workflows.errors import DefinitionError, Fault
from workflows.values import clean


def load(source: str | bytes | dict[str, Any]) -> Definition:
    """Read a Weft or Dify definition from text or from parsed values.

    Raises DefinitionError only when nothing can be made of it; what is merely wrong is among the faults that `check`
    and `compile` report.
    """
    value = parse(source) if isinstance(source, (str, bytes)) else source
    if isinstance(value, dict):
        if value is source:
            check_size(value)
            value = clean(value, MAX_DEPTH + 1)
        elif isinstance(value.get("data"), str) and len(value) == 1:
            # An answer of Dify's own export, saved as it came.
            return load(value["data"])
        if "weft" in value:
            return weft.read(value)
        if dify.recognises(value):
            return dify.read(value)
    message = "This is neither a Weft definition (a mapping with the key “weft”) nor a Dify app."
    raise DefinitionError([Fault("format_unknown", message)])
