"""The shapes of the accounts API."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from apps.accounts.services import Actor

LANGUAGES = ["en", "zh"]


class LoginIn(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)


class SetupIn(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=200)
    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=120)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    language = serializers.ChoiceField(choices=LANGUAGES, default="en")


class ProfileIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120, required=False)
    language = serializers.ChoiceField(choices=LANGUAGES, required=False)


class WorkspaceIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)


def session_out(actor: Actor) -> dict[str, Any]:
    user, workspace = actor.user, actor.workspace
    assert user is not None  # a session has a person
    return {
        "user": {"id": str(user.id), "email": user.email, "name": user.name, "language": user.language},
        "workspace": {"id": str(workspace.id), "name": workspace.name},
        "role": actor.role.value,
        "limits": {"max_upload_bytes": settings.MAX_UPLOAD_BYTES},
    }
