"""Compiled plans, kept in the process: a published version is compiled once, not once a run.

Knows hashes and memory; knows of rows only what a graph calls. A plan is immutable, so all runs and threads may share
it.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any
from uuid import UUID

import msgspec

from apps.studio.calls import Pins, calls_in, library_for, pins_of
from workflows import Plan, compile, load

KEEP = 256

_plans: OrderedDict[str, Plan] = OrderedDict()
_lock = Lock()


def plan_for(
    document: Mapping[str, Any], *, workspace_id: UUID, pins: Pins | None = None, plan_hash: str | None = None
) -> Plan:
    """The plan of a stored document and of the versions it calls, as they are now or as `pins` say.

    `plan_hash` names the document where it is known. Raises DefinitionError.
    """
    key = plan_hash or hash_of(document)
    if calls_in(document):
        pins = pins_of(workspace_id, document) if pins is None else pins
        key = f"{key}:{workspace_id}:{sorted(pins.items())}"
    with _lock:
        if key in _plans:
            _plans.move_to_end(key)
            return _plans[key]
    plan = compile(load(dict(document)), library_for(workspace_id, pins))
    with _lock:
        _plans[key] = plan
        while len(_plans) > KEEP:
            _plans.popitem(last=False)
    return plan


def hash_of(document: Mapping[str, Any]) -> str:
    """The same for the same document, in every process: runs, versions and caches name plans by it.

    Where nodes lie on the canvas does not change what runs.
    """
    relevant = {key: value for key, value in document.items() if key not in ("layout", "viewport")}
    return hashlib.sha256(msgspec.json.encode(relevant, order="deterministic")).hexdigest()
