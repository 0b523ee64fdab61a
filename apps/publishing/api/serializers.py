"""The console's contracts for keys and the public page."""

from __future__ import annotations

from rest_framework import serializers


class KeyOut(serializers.Serializer):
    id = serializers.UUIDField()
    prefix = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)


class NewKeyOut(KeyOut):
    """The only time the key itself is shown."""

    key = serializers.CharField()


class SiteOut(serializers.Serializer):
    code = serializers.CharField()
    enabled = serializers.BooleanField()
    title = serializers.CharField()
    greeting = serializers.CharField()
    suggested_questions = serializers.ListField(child=serializers.CharField())


class SiteIn(serializers.Serializer):
    enabled = serializers.BooleanField(required=False)
    title = serializers.CharField(required=False, allow_blank=True, max_length=120)
    greeting = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    suggested_questions = serializers.ListField(
        child=serializers.CharField(max_length=300), required=False, max_length=10
    )
    renew_code = serializers.BooleanField(required=False)
