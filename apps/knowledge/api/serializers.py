"""What the API of datasets takes in."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class DatasetIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class NewDatasetIn(DatasetIn):
    embedding_provider = serializers.CharField(max_length=60, required=False)
    embedding_model = serializers.CharField(max_length=200, required=False)
