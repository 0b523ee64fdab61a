"""`python -m workflows.documents FORMAT FILE OUT`: within hard limits; OUT gets `{"text"}` or `{"error"}`."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from workflows.documents.errors import ParseError
from workflows.documents.formats import READERS
from workflows.documents.isolation import limit, reply

MAX_CHARS = 10_000_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")


def read(format_name: str, source: str) -> dict[str, Any]:
    module, function = READERS[format_name]
    reader: Callable[[bytes], str] = getattr(import_module(f"workflows.documents.{module}"), function)
    text = _CONTROL.sub("", reader(Path(source).read_bytes()))
    if len(text) > MAX_CHARS:
        raise ParseError("parse_too_large", f"The text is longer than {MAX_CHARS:,} characters. Split the file.")
    return {"text": text}


if __name__ == "__main__":
    limit()
    reply(sys.argv[3], lambda: read(sys.argv[1], sys.argv[2]))
