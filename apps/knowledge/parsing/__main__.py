"""`python -m apps.knowledge.parsing FORMAT FILE OUT`: within hard limits; OUT gets `{"blocks"}` or `{"error"}`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from workflows.documents.blocks import Block, dump
from workflows.documents.isolation import limit, reply

# Parsers are imported when they are needed: a text file should not wait for lxml.
_PARSERS = {
    "text": ("plain", "parse_text"),
    "markdown": ("plain", "parse_markdown"),
    "html": ("html", "parse_html"),
    "docx": ("docx", "parse_docx"),
    "pdf": ("pdf", "parse_pdf"),
}


def read(format_name: str, source: str) -> dict[str, Any]:
    module, function = _PARSERS[format_name]
    parser: Callable[[bytes], list[Block]] = getattr(import_module(f"apps.knowledge.parsing.{module}"), function)
    return {"blocks": dump(parser(Path(source).read_bytes()))}


if __name__ == "__main__":
    limit()
    reply(sys.argv[3], lambda: read(sys.argv[1], sys.argv[2]))
