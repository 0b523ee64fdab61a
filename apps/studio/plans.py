"""Compiled plans, kept in the process: a published version is compiled once, not once a run.

Knows hashes and memory; knows nothing of rows. A plan is immutable, so all runs and threads may share it.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any

import msgspec

from workflows import Plan, compile, load

KEEP = 256

_plans: OrderedDict[str, Plan] = OrderedDict()
_lock = Lock()


def plan_for(document: Mapping[str, Any], *, plan_hash: str | None = None) -> Plan:
    """The plan of a stored document. `plan_hash` names it where it is known. Raises DefinitionError."""
    key = plan_hash or hash_of(document)
    with _lock:
        if key in _plans:
            _plans.move_to_end(key)
            return _plans[key]
    plan = compile(load(dict(document)))
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
