"""The JSON of the studio: what a client sends, and what it gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from apps.studio.models import App, Draft, Version
from apps.studio.starters import STARTERS, Starter
from workflows.errors import Fault

TEMPLATES = [starter.id for starter in STARTERS]


class CreateAppIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    mode = serializers.ChoiceField(["chat", "workflow"], required=False)
    template = serializers.ChoiceField(TEMPLATES, required=False)
    dataset_id = serializers.UUIDField(required=False, allow_null=True)
    icon = serializers.CharField(max_length=40, default="", allow_blank=True)
    description = serializers.CharField(default="", allow_blank=True, max_length=2000)


class UpdateAppIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120, required=False)
    description = serializers.CharField(allow_blank=True, max_length=2000, required=False)
    icon = serializers.CharField(max_length=40, allow_blank=True, required=False)


class DuplicateAppIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120, required=False)


class SaveDraftIn(serializers.Serializer[Any]):
    document = serializers.DictField()
    revision = serializers.IntegerField(min_value=0)


class CheckIn(serializers.Serializer[Any]):
    document = serializers.DictField()


class PublishIn(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=500, default="", allow_blank=True)


class ImportIn(serializers.Serializer[Any]):
    text = serializers.CharField(trim_whitespace=False, required=False, allow_blank=True, default="")
    name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")


class ExportIn(serializers.Serializer[Any]):
    format = serializers.ChoiceField(["weft", "dify"], default="weft")
    version = serializers.IntegerField(min_value=1, required=False)
    secrets = serializers.BooleanField(default=False)
    envelope = serializers.ChoiceField(["json"], required=False)


class DiffIn(serializers.Serializer[Any]):
    against = serializers.CharField(max_length=20, default="draft")


class LimitsIn(serializers.Serializer[Any]):
    """Null is no limit."""

    wall_s = serializers.FloatField(min_value=0.001, allow_null=True, default=None)
    tokens = serializers.IntegerField(min_value=1, allow_null=True, default=None)
    cost = serializers.FloatField(min_value=0.000001, allow_null=True, default=None)
    steps = serializers.IntegerField(min_value=1, allow_null=True, default=None)


def app_out(app: App, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(app.id),
        "name": app.name,
        "description": app.description,
        "icon": app.icon,
        "mode": app.mode,
        "created_at": app.created_at.isoformat(),
        "updated_at": app.updated_at.isoformat(),
        "published_version": app.live_version.number if app.live_version is not None else None,
        **{"last_run": None, "activity": [], "site": None, **facts},
    }


def draft_out(draft: Draft, faults: list[Fault]) -> dict[str, Any]:
    return {
        "document": draft.document,
        "revision": draft.revision,
        "faults": faults_out(faults),
        "updated_at": draft.updated_at.isoformat(),
    }


def version_out(version: Version, live_id: object) -> dict[str, Any]:
    return {
        "number": version.number,
        "id": str(version.id),
        "note": version.note,
        "created_at": version.created_at.isoformat(),
        "author": {"name": version.author.name} if version.author is not None else None,
        "is_live": version.id == live_id,
    }


def template_out(starter: Starter) -> dict[str, Any]:
    return {"id": starter.id, "mode": starter.mode, "icon": starter.icon, "needs_dataset": starter.needs_dataset}


def faults_out(faults: list[Fault]) -> list[dict[str, Any]]:
    return [fault.to_dict() for fault in faults]
