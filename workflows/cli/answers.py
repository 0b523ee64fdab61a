"""Signals given on the command line: which wait of a paused run each one answers.

A signal names a wait by its `key`, or by the `node_id` of the node that waits. Knows the shapes people write; what a
form takes is `workflows.forms`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workflows.cli.failing import CommandError
from workflows.forms import check_submission, submission
from workflows.ports import Signal

_KEYS = frozenset(("key", "node_id", "type", "data", "action", "values", "by"))
_TYPES = {"form": "submitted", "event": "event", "time": "time"}


def read_signals(value: Any) -> list[dict[str, Any]]:
    """The signals as written. Raises CommandError for what is none."""
    rows = value if isinstance(value, list) else [value]
    for i, row in enumerate(rows):
        if not isinstance(row, dict) or not isinstance(row.get("key") or row.get("node_id"), str):
            raise CommandError(f"Signal {i} must be an object with the `key` of a wait, or the `node_id` of its node.")
        unknown = sorted(set(row) - _KEYS)
        if unknown:
            raise CommandError(f"Signal {i} has the unknown key {unknown[0]!r}. Known are: {', '.join(sorted(_KEYS))}.")
        for name in ("data", "values"):
            if not isinstance(row.get(name, {}), dict):
                raise CommandError(f"Signal {i}: `{name}` must be an object.")
        if row.get("type", "event") not in ("submitted", "event", "timeout", "time"):
            raise CommandError(f"Signal {i}: the type is submitted, event, timeout or time.")
    return rows


def answer(rows: list[dict[str, Any]], reasons: Sequence[dict[str, Any]]) -> list[Signal]:
    """The signals for waits that are there; they are taken out of `rows`. Raises CommandError for an answer that a
    form does not take.
    """
    signals = []
    for reason in reasons:
        row = next((row for row in rows if _means(row, reason)), None)
        if row is not None:
            rows.remove(row)
            signals.append(_signal(row, reason))
    return signals


def _means(row: dict[str, Any], reason: dict[str, Any]) -> bool:
    return bool(row["key"] == reason["key"] if "key" in row else row["node_id"] == reason["node_id"])


def _signal(row: dict[str, Any], reason: dict[str, Any]) -> Signal:
    key, by = str(reason["key"]), row.get("by")
    kind: Any = row.get("type") or _TYPES.get(str(reason.get("type")), "event")
    data = row.get("data", {})
    if reason.get("type") != "form" or kind != "submitted":
        return Signal(key=key, type=kind, data=data, by=by)
    values, action = row.get("values", data.get("values", {})), row.get("action", data.get("action", ""))
    faults = check_submission(reason, values, action)
    if faults:
        said = " ".join(fault.message for fault in faults)
        raise CommandError(f"The form of node {reason['node_id']!r} does not take this answer. {said}")
    return submission(key, values, action, by=by)
