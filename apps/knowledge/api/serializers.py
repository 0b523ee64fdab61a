"""What the knowledge API takes in, and how a search's hits look."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.knowledge.retrieval import MAX_TOP_K, Hit


class DatasetIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class NewDatasetIn(DatasetIn):
    embedding_provider = serializers.CharField(max_length=60, required=False)
    embedding_model = serializers.CharField(max_length=200, required=False)


class RetrieveIn(serializers.Serializer[Any]):
    query = serializers.CharField(max_length=8000)
    top_k = serializers.IntegerField(min_value=1, max_value=MAX_TOP_K, default=4)
    score_threshold = serializers.FloatField(min_value=0, max_value=1, required=False, allow_null=True, default=None)


def hit_out(hit: Hit) -> dict[str, Any]:
    return {
        "chunk_id": str(hit.chunk_id),
        "document_id": str(hit.document_id),
        "document_name": hit.document_name,
        "score": hit.score,
        "score_method": hit.method,
        "content": hit.content,
        "headings": hit.headings,
        "position": hit.position,
        "page": hit.page,
    }
