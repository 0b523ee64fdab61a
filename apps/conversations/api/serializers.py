"""The console's contracts for what end users said and heard."""

from __future__ import annotations

from rest_framework import serializers


class ConversationOut(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    audience = serializers.CharField()
    end_user = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class MessageOut(serializers.Serializer):
    id = serializers.UUIDField()
    run_id = serializers.UUIDField()
    query = serializers.CharField()
    answer = serializers.CharField()
    status = serializers.CharField()
    error = serializers.JSONField(allow_null=True)
    citations = serializers.JSONField()
    usage = serializers.JSONField()
    created_at = serializers.DateTimeField()
