"""The library as rows: the table of known models, copies on this machine and downloads, joined by key.

Makes plain values for JSON; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from inference.hub.catalogue import Known, known_models
from inference.hub.facts import Facts
from inference.hub.fit import fit
from inference.hub.machine import Machine
from inference.hub.names import key_of
from inference.hub.shelf import Copy

_SMALL, _MEDIUM = 5_000_000_000, 15_000_000_000


def rows(copies: Iterable[Copy], downloads: Mapping[str, dict[str, Any]], machine: Machine) -> list[dict[str, Any]]:
    """What is here and what is coming first, then the table, small models first. downloads: by key, as
    `downloads.Downloads.listed` has them.
    """
    held = {copy.key: copy for copy in copies}
    known = {key_of(each.model_id): each for each in known_models()}
    here = [key for key in known if key in held or key in downloads]
    here += sorted((held.keys() | downloads.keys()) - known.keys())
    order = here + [key for key in known if key not in held and key not in downloads]
    return [_row(key, known.get(key), held.get(key), downloads.get(key), machine) for key in order]


def _row(
    key: str, known: Known | None, copy: Copy | None, download: dict[str, Any] | None, machine: Machine
) -> dict[str, Any]:
    inspected = copy.inspected if copy else None
    facts = inspected.facts if inspected else known.facts if known else None
    n_bytes = inspected.n_bytes if inspected else known.n_bytes if known else None
    if download is not None and download["total_bytes"]:
        n_bytes = download["total_bytes"]
    model_id = known.model_id if known else copy.model_id if copy else str(download["id"] if download else key)
    origin = copy.origin if copy else {}
    return {
        "key": key,
        "id": model_id,
        "name": known.name if known else model_id.rpartition("/")[2],
        "source": "catalogue" if known else "directory" if copy and not origin else "hub",
        "state": "ready" if copy else str(download["state"]) if download else "absent",
        **_size(facts),
        "bytes": n_bytes,
        "licence": known.licence if known else origin.get("licence"),
        "gated": known.gated if known else origin.get("gated"),
        "chinese": known.chinese if known else None,
        "fit": _fit(facts, n_bytes, copy, download, machine),
        "download": None if copy or download is None else {name: download.get(name) for name in _PROGRESS},
        "path": str(copy.directory) if copy else None,
        "problem": {"code": copy.problem.code, "message": copy.problem.message} if copy and copy.problem else None,
    }


_PROGRESS = ("done_bytes", "total_bytes", "bytes_per_s", "eta_s", "file", "error")


def _size(facts: Facts | None) -> dict[str, Any]:
    names = ("size", "family", "parameters", "active_parameters", "stored", "context_tokens")
    if facts is None:
        return dict.fromkeys(names)
    n = facts.parameters
    size = "small" if n < _SMALL else "medium" if n < _MEDIUM else "large"
    values = (size, facts.family, n, facts.active_parameters, facts.stored, facts.context)
    return dict(zip(names, values, strict=True))


def _fit(
    facts: Facts | None, n_bytes: int | None, copy: Copy | None, download: dict[str, Any] | None, machine: Machine
) -> dict[str, Any]:
    missing = (n_bytes or 0) - ((download or {}).get("done_bytes") or 0)
    row: dict[str, Any] = {
        "verdict": "unknown",
        "quantization": "none",
        "reason": None,
        "message": "",
        "needed_bytes": None,
        "available_bytes": machine.free_bytes,
        "kv_bytes_per_token": None,
        "kv_tokens": None,
        "tokens_per_s": None,
        "disk": None if copy else "enough" if missing <= machine.disk_free_bytes else "short",
    }
    if copy is not None and copy.problem is not None:
        return row | {"verdict": "no", "reason": copy.problem.code, "message": copy.problem.message}
    if facts is None:
        return row
    found = fit(facts, machine)
    row |= {name: getattr(found, name) for name in ("verdict", "quantization", "needed_bytes", "tokens_per_s")}
    row |= {"kv_bytes_per_token": found.kv_bytes_per_token, "kv_tokens": found.kv_tokens}
    return row | (
        {} if found.verdict != "no" else {"reason": "memory_short", "message": short(found.needed_bytes, machine)}
    )


def short(needed_bytes: int, machine: Machine) -> str:
    """Why a model does not fit, and what to do."""
    what = "GPU memory" if machine.device == "cuda" else "RAM"
    return (
        f"It needs about {needed_bytes / 1e9:.1f} GB of {what}, {machine.free_bytes / 1e9:.1f} GB are free here; "
        "choose a smaller model or one of fewer bits."
    )
