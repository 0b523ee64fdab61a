"""A run's log as a file that stands on its own: with it, the run can be read and replayed elsewhere.

Knows rows; the format of a log is the engine's: one event a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from apps.runs import blobs
from apps.runs.models import Run, RunEvent
from apps.studio.plans import plan_for
from apps.studio.selectors import without_secrets
from workflows import DefinitionError, Plan
from workflows.masking import masked

# Large values are put back into a file up to so many bytes of them; the others stay references.
MAX_RESTORED_BYTES = 64 * 1024 * 1024
# What an event is, and where it belongs: no value of a node's.
FACTS = frozenset({"type", "seq", "at", "run_id", "mode", "node_id", "frame", "kind", "root", "elapsed_ms"})
# A shorter one could be part of any word.
MIN_SECRET_CHARS = 8


def lines(run: Run, shown: Callable[[dict[str, Any]], dict[str, Any]] | None = None) -> Iterator[bytes]:
    """The log as JSON lines, each event as it is `shown` to the reader. Its first event carries the graph that ran, and
    those it called; nothing in it shows the value of a secret.
    """
    payloads = RunEvent.objects.filter(run=run).order_by("seq").values_list("payload", flat=True)
    plan = _plan(run)
    secrets = _secrets(plan)
    whole = _Restored(run)
    for payload in payloads.iterator(chunk_size=500):
        data: bytes = payload.encode() if shown is None else msgspec.json.encode(shown(msgspec.json.decode(payload)))
        is_first = payload.startswith('{"type":"run_started"')
        if is_first or secrets or blobs.MARK in data:
            event = whole.put_back(msgspec.json.decode(data))
            event |= {name: masked(value, secrets) for name, value in event.items() if name not in FACTS}
            data = msgspec.json.encode({**event, **_definitions(run, plan)} if is_first else event)
        yield data + b"\n"


def definition_of(run: Run) -> dict[str, Any]:
    """The graph as it ran; what is secret in it is left out."""
    return without_secrets(_document(run))


def _document(run: Run) -> dict[str, Any]:
    return run.version.document if run.version is not None else run.document or {}


def _plan(run: Run) -> Plan | None:
    """What ran, with the versions that it called then. None when it never compiled, and so nothing ran."""
    try:
        return plan_for(_document(run), workspace_id=run.workspace_id, pins=run.pins)
    except DefinitionError:
        return None


def _definitions(run: Run, plan: Plan | None) -> dict[str, Any]:
    called = {name: without_secrets(each.document) for name, each in plan.called.items()} if plan is not None else {}
    return {"definition": definition_of(run), **({"called": called} if called else {})}


def _secrets(plan: Plan | None) -> list[str]:
    regions = plan.regions.values() if plan is not None else ()
    found = {secret for region in regions for secret in region.secrets if len(secret) >= MIN_SECRET_CHARS}
    return sorted(found, key=len, reverse=True)


class _Restored:
    """Puts the large values of one run back into its events, until they are too many bytes."""

    def __init__(self, run: Run) -> None:
        self._run_id = run.id
        self._left = MAX_RESTORED_BYTES

    def put_back(self, value: Any) -> Any:
        match value:
            case {"$blob": str(), "bytes": int(size)} if size <= self._left:
                self._left -= size
                return blobs.restored(self._run_id, value)
            case dict():
                return {key: self.put_back(item) for key, item in value.items()}
            case list():
                return [self.put_back(item) for item in value]
            case _:
                return value
