"""The console's contracts for what end users said and heard."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.conversations.citations import without_contents
from apps.conversations.models import Message
from apps.runs.models import ConversationVariable, Status
from apps.runs.variables import value_of


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
    status = serializers.SerializerMethodField()
    error = serializers.JSONField(allow_null=True)
    citations = serializers.SerializerMethodField()
    unsupported = serializers.JSONField()
    usage = serializers.JSONField()
    # {"rating": like | dislike, "content"}, or null
    feedback = serializers.SerializerMethodField()
    # [{"id", "name"}]: what the run could search of what the reader sees
    datasets = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_feedback(self, row: Message) -> dict[str, str] | None:
        found = getattr(row, "feedback", None)
        return {"rating": found.rating, "content": found.content} if found is not None else None

    def get_datasets(self, row: Message) -> list[dict[str, str]]:
        names = self.context["searched_datasets"]
        return [{"id": each, "name": names[each]} for each in row.run.dataset_ids if each in names]

    def get_citations(self, row: Message) -> list[dict[str, Any]]:
        """Without the texts of `hidden_datasets`: the reader may not see them."""
        return without_contents(row.citations, self.context["hidden_datasets"])

    def get_status(self, row: Message) -> str:
        """While it is not over, what its run does: it may wait for somebody."""
        return row.run.status if row.status == Status.RUNNING else row.status


class SuggestIn(serializers.Serializer):
    chunk_id = serializers.UUIDField(required=False, allow_null=True, default=None)


class VariableOut(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    value_type = serializers.CharField(source="type")
    value = serializers.SerializerMethodField()
    # whether the value is kept back: it may hold passages of a knowledge base that the reader does not see
    hidden = serializers.SerializerMethodField()
    description = serializers.CharField()
    updated_at = serializers.DateTimeField()

    def get_value(self, row: ConversationVariable) -> Any:
        return None if self.context["hidden"] else value_of(row)

    def get_hidden(self, row: ConversationVariable) -> bool:
        return bool(self.context["hidden"])
