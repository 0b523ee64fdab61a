"""The text of a file in one piece, as the document extractor gives it, where that is not simply what its blocks say."""

from __future__ import annotations

import json
import re

import yaml

from workflows.documents.delimited import rows_of
from workflows.documents.errors import ParseError
from workflows.documents.plain import lines_of
from workflows.documents.rendering import markdown_table
from workflows.documents.structured import json_value, yaml_values

_CUE = re.compile(r"-->")
_VOICE = re.compile(r"<v(?:\.[\w.]+)?\s+([^>]+)>")
_TAG = re.compile(r"<[^>]*>")
_MAX_CELLS = 3_000_000


def as_is(data: bytes) -> str:
    """Plain text, Markdown, HTML, XML and programs."""
    return lines_of(data)


def json_text(data: bytes) -> str:
    return json.dumps(json_value(data), ensure_ascii=False, indent=2)


def yaml_text(data: bytes) -> str:
    return yaml.safe_dump_all(yaml_values(data), allow_unicode=True, sort_keys=False)


def csv(data: bytes) -> str:
    rows: list[list[str]] = []
    cells = 0
    for row in rows_of(lines_of(data)):
        cells += len(row)
        if cells > _MAX_CELLS:
            raise ParseError("parse_too_large", f"The table has more than {_MAX_CELLS:,} cells. Split it.")
        rows.append(row)
    return markdown_table(rows)


def vtt(data: bytes) -> str:
    """What is said, by whom where the subtitles say it; what one speaker says in a row stands together."""
    said: list[tuple[str, list[str]]] = []
    for block in lines_of(data).removeprefix("\ufeff").split("\n\n"):
        lines = block.strip().split("\n")
        start = next((i for i, line in enumerate(lines) if _CUE.search(line)), None)
        if start is None:
            continue
        raw = " ".join(lines[start + 1 :])
        voice = _VOICE.search(raw)
        speaker, text = voice[1].strip() if voice else "", " ".join(_TAG.sub("", raw).split())
        if not text:
            continue
        if said and said[-1][0] == speaker and speaker:
            said[-1][1].append(text)
        else:
            said.append((speaker, [text]))
    return "\n".join(f'{speaker} "{" ".join(texts)}"' if speaker else texts[0] for speaker, texts in said)


def properties(data: bytes) -> str:
    """`key = value` and `key: value` alike as `key: value`; comments stay."""
    lines = []
    for raw in lines_of(data).split("\n"):
        line = raw.strip()
        found = re.match(r"([^=:\s]+)\s*[=:]\s*(.*)$", line)
        lines.append(f"{found[1]}: {found[2]}" if found and not line.startswith(("#", "!")) else line)
    return "\n".join(lines).strip()
