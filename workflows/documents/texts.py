"""Formats that are text: as it is, or set out for reading."""

from __future__ import annotations

import csv
import io
import json
import re

import yaml

from workflows.documents.encoding import decode
from workflows.documents.errors import ParseError
from workflows.documents.tables import markdown_table

_CUE = re.compile(r"-->")
_VOICE = re.compile(r"<v(?:\.[\w.]+)?\s+([^>]+)>")
_TAG = re.compile(r"<[^>]*>")
_MAX_FIELD = 1_000_000


def read_text(data: bytes) -> str:
    """Plain text, Markdown, HTML, XML and programs: as they are."""
    return decode(data).replace("\r\n", "\n").replace("\r", "\n")


def read_json(data: bytes) -> str:
    try:
        value = json.loads(decode(data))
    except ValueError as exc:
        raise ParseError("parse_failed", f"The file is no JSON: {exc}.") from exc
    return json.dumps(value, ensure_ascii=False, indent=2)


def read_yaml(data: bytes) -> str:
    try:
        documents = list(yaml.safe_load_all(decode(data)))
        return yaml.safe_dump_all(documents, allow_unicode=True, sort_keys=False)
    except (yaml.YAMLError, ValueError) as exc:
        reason = " ".join(str(exc).split())[:200]
        raise ParseError("parse_failed", f"The file is no YAML: {reason}.") from exc


def read_csv(data: bytes) -> str:
    text = read_text(data)
    first = re.sub(r'"[^"]*"', "", text.lstrip("\n").partition("\n")[0])
    delimiter = max(",;\t|", key=first.count)
    csv.field_size_limit(_MAX_FIELD)
    try:
        return markdown_table(list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
    except csv.Error as exc:
        raise ParseError("parse_failed", f"The file is no table of comma-separated values: {exc}.") from exc


def read_vtt(data: bytes) -> str:
    """What is said, by whom where the subtitles say it; what one speaker says in a row stands together."""
    said: list[tuple[str, list[str]]] = []
    for block in read_text(data).removeprefix("\ufeff").split("\n\n"):
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


def read_properties(data: bytes) -> str:
    """`key = value` and `key: value` alike as `key: value`; comments stay."""
    lines = []
    for raw in read_text(data).split("\n"):
        line = raw.strip()
        found = re.match(r"([^=:\s]+)\s*[=:]\s*(.*)$", line)
        lines.append(f"{found[1]}: {found[2]}" if found and not line.startswith(("#", "!")) else line)
    return "\n".join(lines).strip()
