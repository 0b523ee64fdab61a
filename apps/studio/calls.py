"""Workflows that run workflows: which published versions a graph calls, and the engine's library of them.

What is called without a version means the live one at the moment a run begins. That choice is pinned, so a run that is
recovered days later still compiles to the plan it began with. Knows rows and documents; linking is the engine's
business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from apps.studio.models import App, Version
from workflows import Definition, load
from workflows.library import Library

RUN_WORKFLOW = ("weft", "run_workflow")
MAX_CALLED = 100

Pins = dict[str, int]


class Call(NamedTuple):
    """One reference to another app; `version` None is its live one."""

    app: str
    version: int | None


def calls_in(document: Mapping[str, Any]) -> list[Call]:
    """What a graph calls: by `workflow` nodes, and by the tool that runs workflows."""
    nodes = document.get("nodes")
    found = (
        [call for node in nodes if isinstance(node, dict) for call in _calls(node)] if isinstance(nodes, list) else []
    )
    return list(dict.fromkeys(found))


class Called(NamedTuple):
    """Every version that a graph runs beside itself, and by which numbers the live ones among them go."""

    pins: Pins
    versions: list[Version]


def pins_of(workspace_id: UUID, document: Mapping[str, Any]) -> Pins:
    """The live versions that a graph means, directly or through what it calls. What is missing has no pin."""
    return called_by(workspace_id, document).pins


def called_by(workspace_id: UUID, document: Mapping[str, Any]) -> Called:
    """What a graph calls now, directly or through what it calls."""
    called = Called({}, [])
    waiting, seen = calls_in(document), set[Call]()
    while waiting and len(seen) < MAX_CALLED:
        call = waiting.pop()
        if call in seen:
            continue
        seen.add(call)
        version = _version(workspace_id, call)
        if version is not None:
            if call.version is None:
                called.pins[call.app] = version.number
            called.versions.append(version)
            waiting += calls_in(version.document)
    return called


def library_for(workspace_id: UUID, pins: Mapping[str, int] | None = None) -> Library:
    """The workspace's published versions. With `pins` only what is pinned is live, as it was then."""

    def library(app: str, version: int | None) -> Definition | None:
        if version is None and pins is not None:
            version = pins.get(app)
            if version is None:
                return None
        found = _version(workspace_id, Call(app, version), also_deleted=pins is not None)
        return load(dict(found.document)) if found is not None else None

    return library


def _version(workspace_id: UUID, call: Call, *, also_deleted: bool = False) -> Version | None:
    try:
        app_id = UUID(call.app)
    except ValueError:
        return None
    apps = App.objects.filter(id=app_id, workspace_id=workspace_id)
    if not also_deleted:
        apps = apps.filter(deleted_at=None)
    if call.version is not None:
        return Version.objects.filter(app__in=apps, number=call.version).first()
    app = apps.select_related("live_version").first()
    return app.live_version if app is not None else None


def _calls(node: Mapping[str, Any]) -> Iterator[Call]:
    config = node.get("config")
    if not isinstance(config, dict):
        return
    if node.get("kind") == "workflow":
        yield from _call(config.get("app"), config.get("version"))
    uses = [config] if node.get("kind") == "tool" else config.get("tools") if node.get("kind") == "agent" else None
    for use in uses if isinstance(uses, list) else []:
        if isinstance(use, dict) and (use.get("provider"), use.get("tool")) == RUN_WORKFLOW:
            fixed = _fixed(use)
            yield from _call(fixed.get("app"), fixed.get("version"))


def _fixed(use: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a tool, and its arguments that are the same in every call."""
    arguments = use.get("arguments")
    rows = [row for row in arguments if isinstance(row, dict)] if isinstance(arguments, list) else []
    settings = use.get("settings")
    return {**{row.get("name"): row.get("value") for row in rows}, **(settings if isinstance(settings, dict) else {})}


def _call(app: Any, version: Any) -> Iterator[Call]:
    if isinstance(app, str) and app:
        yield Call(app, version if isinstance(version, int) else None)
