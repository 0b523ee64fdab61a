"""Results as Markdown, for docs/benchmarks.md: a table for each subject, failures below."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any


def table(lines: Sequence[dict[str, Any]]) -> str:
    """lines: as the journal has them. A subject is what stands before the first slash of a name."""
    if not lines:
        return "Nothing was measured.\n"
    first = lines[0]
    versions = ", ".join(f"{name} {version}" for name, version in sorted(first["versions"].items()))
    text = [f"{first['device']}; {versions}; {max(line['at'] for line in lines)[:10]}."]
    right = [line for line in lines if line["failed"] is None]
    for subject, group in groupby(sorted(right, key=_subject), key=_subject):
        text += ["", f"| {subject} | value | unit | of the ceiling |", "| --- | ---: | --- | ---: |"]
        text += [_row(line) for line in group]
    failed = [line for line in lines if line["failed"] is not None]
    if failed:
        text += ["", "| failed | why |", "| --- | --- |"]
        text += [f"| {line['name']} | {line['failed'].replace('|', '/')} |" for line in failed]
    return "\n".join(text) + "\n"


def _subject(line: dict[str, Any]) -> str:
    subject: str = line["name"].partition("/")[0]
    return subject


def _row(line: dict[str, Any]) -> str:
    share = "" if line["fraction"] is None else f"{line['fraction']:.0%} ({line['of']})"
    return f"| {line['name'].partition('/')[2]} | {line['value']:,.4g} | {line['unit']} | {share} |"
