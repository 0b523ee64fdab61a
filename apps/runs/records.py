"""A run's log as a file that stands on its own: with it, the run can be read and replayed elsewhere.

Knows rows; the format of a log is the engine's: one event a line.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import msgspec

from apps.runs.models import Run, RunEvent

SECRET = "secret"


def lines(run: Run) -> bytes:
    """The log as JSON lines. Its first event carries the graph that ran, without the values of secrets."""
    payloads = RunEvent.objects.filter(run=run).order_by("seq").values_list("payload", flat=True)
    return b"".join(_lines(run, payloads))


def _lines(run: Run, payloads: Any) -> Iterator[bytes]:
    for payload in payloads:
        data = payload.encode()
        if payload.startswith('{"type":"run_started"'):
            event = msgspec.json.decode(data)
            data = msgspec.json.encode({**event, "definition": event.get("definition") or definition_of(run)})
        yield data + b"\n"


def definition_of(run: Run) -> dict[str, Any]:
    """The graph as it ran; what is secret in it is left out."""
    document = copy.deepcopy(run.version.document if run.version is not None else run.document or {})
    for variable in (document.get("variables") or {}).get("environment") or []:
        if variable.get("type") == SECRET:
            variable["value"] = ""
    return document
