"""Reads of apps, drafts and versions, always within a workspace."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import JSONField, QuerySet
from django.db.models.functions import Cast

from apps.studio.hooks import app_facets
from apps.studio.models import App, Mode, Version
from weft.http.errors import not_found
from workflows import load, registry
from workflows.levels import Built

SECRET = "secret"


def apps_of(workspace_id: UUID, *, query: str = "") -> QuerySet[App]:
    """The workspace's apps that were not deleted."""
    rows = App.objects.filter(workspace_id=workspace_id, deleted_at=None).select_related("live_version")
    return rows.filter(name__icontains=query.strip()) if query.strip() else rows


def get_app(workspace_id: UUID, app_id: UUID | str) -> App:
    """The app with its draft and live version, or 404 when it is none of this workspace's."""
    app = apps_of(workspace_id).select_related("draft").filter(id=app_id).first()
    if app is None:
        raise not_found("app")
    return app


def deleted_app(workspace_id: UUID, app_id: UUID) -> App:
    """An app in the bin, or 404."""
    app = App.objects.filter(workspace_id=workspace_id, id=app_id, deleted_at__isnull=False).first()
    if app is None:
        raise not_found("app")
    return app


def versions_of(app: App) -> QuerySet[Version]:
    """Newest first. Documents are left out: they are asked for one by one."""
    return Version.objects.filter(app=app).select_related("author").defer("document").order_by("-number")


def get_version(app: App, number: int) -> Version:
    version = Version.objects.select_related("author").filter(app=app, number=number).first()
    if version is None:
        raise not_found("version")
    return version


def without_secrets(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its secret variables empty."""
    cleared = copy.deepcopy(document)
    variables = cleared.get("variables")
    for variable in (variables.get("environment") or []) if isinstance(variables, dict) else []:
        if isinstance(variable, dict) and variable.get("type") == SECRET:
            variable["value"] = ""
    return cleared


def callable_apps(workspace_id: UUID) -> list[tuple[App, list[int]]]:
    """The published apps of the workspace, each with the numbers of its versions, newest first."""
    apps = list(apps_of(workspace_id).filter(live_version__isnull=False).order_by("name", "id"))
    numbers: dict[UUID, list[int]] = {app.id: [] for app in apps}
    rows = Version.objects.filter(app__in=apps).order_by("-number").values_list("app_id", "number")
    for app_id, number in rows:
        numbers[app_id].append(number)
    return [(app, numbers[app.id]) for app in apps]


def inputs_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The variables of the start node."""
    starts = [node for node in document["nodes"] if node["kind"] == "start"]
    return list(starts[0]["config"].get("variables") or []) if starts else []


def outputs_of(document: dict[str, Any]) -> list[dict[str, str]]:
    """What a workflow gives: the outputs of its end nodes by name, or the answer of a chat."""
    if document["app"]["mode"] == Mode.CHAT:
        return [{"name": "answer", "type": "string"}]
    ends = [node["config"].get("outputs") or [] for node in document["nodes"] if node["kind"] == "end"]
    found: dict[str, set[str]] = {}
    declared = _types_in(document)
    for row in (row for rows in ends for row in rows):
        place = tuple(row.get("selector") or ())
        found.setdefault(row["name"], set()).add(declared.get(place, "any"))
    return [{"name": name, "type": types.pop() if len(types) == 1 else "any"} for name, types in found.items()]


def _types_in(document: dict[str, Any]) -> dict[tuple[str, ...], str]:
    """The type of every value whose node or variable declares one."""
    variables = document.get("variables") or {}
    types = {
        (head, row["name"]): row["type"]
        for head, section in (("env", "environment"), ("conversation", "conversation"))
        for row in variables.get(section) or []
    }
    for node in load(document).nodes:
        kind = registry.find(node.kind)
        if kind is not None:
            outputs = Built(node, kind, kind.config.model_validate(node.config)).outputs() or {}
            types |= {(node.id, name): type for name, type in outputs.items()}
    return types


def facts_of(apps: Sequence[App]) -> dict[UUID, dict[str, Any]]:
    """What other rooms know of these apps, for their cards."""
    facts: dict[UUID, dict[str, Any]] = {app.id: {} for app in apps}
    for facet in app_facets:
        for app_id, values in facet(list(apps)).items():
            facts.setdefault(app_id, {}).update(values)
    return facts


def dataset_users(workspace_id: UUID, dataset_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, str]]]:
    """The apps whose draft searches each of these datasets."""
    users: dict[UUID, list[dict[str, str]]] = {}
    for dataset_id in dataset_ids:
        needle = {"nodes": [{"config": {"dataset_ids": [str(dataset_id)]}}]}
        searched = Cast("draft__document", JSONField())
        rows = apps_of(workspace_id).annotate(searched=searched).filter(searched__contains=needle).order_by("name")
        users[dataset_id] = [{"id": str(app_id), "name": name} for app_id, name in rows.values_list("id", "name")]
    return users
