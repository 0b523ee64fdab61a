"""`python -m apps.knowledge.parsing FORMAT FILE OUT`: within hard limits; OUT gets `{"blocks"}` or `{"error"}`."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from apps.knowledge.parsing.blocks import Block, ParseError, dump

MEMORY_BYTES = 2 * 1024**3
CPU_S = 240
OUTPUT_BYTES = 256 * 1024**2

# Parsers are imported when they are needed: a text file should not wait for lxml.
_PARSERS = {
    "text": ("plain", "parse_text"),
    "markdown": ("plain", "parse_markdown"),
    "html": ("html", "parse_html"),
    "docx": ("docx", "parse_docx"),
    "pdf": ("pdf", "parse_pdf"),
}


def main(format_name: str, source: str, target: str) -> None:
    _limit()
    module, function = _PARSERS[format_name]
    parser: Callable[[bytes], list[Block]] = getattr(import_module(f"apps.knowledge.parsing.{module}"), function)
    try:
        answer: dict[str, object] = {"blocks": dump(parser(Path(source).read_bytes()))}
    except ParseError as exc:
        answer = {"error": {"code": exc.code, "message": exc.message}}
    except MemoryError:
        answer = {"error": {"code": "parse_too_large", "message": "Reading the file takes too much memory. Split it."}}
    Path(target).write_text(json.dumps(answer), encoding="utf-8")


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(*sys.argv[1:])
